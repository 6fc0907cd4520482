import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ASSERTION_HEADER } from '../../lib/contract/assertions';
import type { Isolation, ProxyConfigInput } from '../../lib/contract/proxy-config';
import { AssertionSigner } from '../../runtime/src/auth/assertions/assertion-signer';
import { newAssertionKeys } from '../../runtime/src/auth/assertions/new-assertion-keys';
import { readSigningKey } from '../../runtime/src/auth/assertions/signing-key';
import type { FixtureCommands } from '../fixtures/conformance/fixtures';
import { freePort, untilAccepting } from '../support/ports';
import type { Leg } from './legs';
import { startPinningFront } from './pinning-front';
import { startListening, startProgram, untilReady } from './program';
import type { Tools } from './tools';

const CLI = join(import.meta.dirname, '..', '..', 'bin', 'cdk8s-mcp.mjs');

/** Who calls, as far as the proxy can know. */
const PRINCIPAL = { issuer: 'https://issuer.example.com', subject: 'conformance' };

const SERVER_NAME = 'fixture';

/** What the suite is pointed at. */
export interface Target {
  readonly port: number;
  stop(): Promise<void>;
}

export interface TargetOptions {
  readonly fixtures: FixtureCommands;
  readonly tools: Tools;
  /** For files that are needed on the way; nobody else uses it. */
  readonly directory: string;
}

/** Starts what a leg leads through. */
export function startTarget(leg: Leg, options: TargetOptions, signal: AbortSignal): Promise<Target> {
  switch (leg.path) {
    case 'proxy':
      return startProxy(leg, options, signal);
    case 'direct':
      return startListening(options.fixtures.command(leg.server, { http: true }), signal);
    default:
      return startPeer(options.tools.peerCommands[leg.path], options.fixtures.command(leg.server), signal);
  }
}

async function startProxy(
  { server, isolation }: Leg, { fixtures, directory }: TargetOptions, signal: AbortSignal,
): Promise<Target> {
  const { privateKey, publicKeys } = await newAssertionKeys();
  const write = (name: string, content: unknown) => {
    const file = join(directory, name);
    writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
    return file;
  };
  const config: ProxyConfigInput = {
    server: SERVER_NAME, listen: '127.0.0.1:0', admin: '127.0.0.1:0', isolation: isolation as Isolation,
    // The suite offers directories and wants servers to see them.
    roots: 'allow',
    assertionKeys: write('public-keys.json', publicKeys),
    connector: { type: 'child', command: fixtures.command(server) },
    // All scenarios are one caller to the proxy, and some walk away from a question that keeps its process waiting.
    limits: { processesPerPrincipal: 16, parkedCallsPerPrincipal: 16, spareProcesses: 2 },
  };
  const signer = new AssertionSigner(await readSigningKey(write('private-key.json', privateKey)));
  const proxy = await startListening([process.execPath, CLI, 'proxy', '--config', write('proxy.json', config)], signal);
  const front = await startPinningFront(proxy.port,
    async () => ({ [ASSERTION_HEADER]: await signer.sign(PRINCIPAL, SERVER_NAME) }));
  return {
    port: front.port,
    stop: async () => {
      await front.close();
      await proxy.stop();
    },
  };
}

async function startPeer(
  command: (port: number, server: readonly string[]) => string[], server: readonly string[], signal: AbortSignal,
): Promise<Target> {
  const port = await freePort();
  const peer = startProgram(command(port, server));
  await untilReady(peer, signal, untilAccepting(port, AbortSignal.any([signal, abortWhen(peer.ended)])));
  return { port, stop: () => peer.stop() };
}

function abortWhen(ended: Promise<unknown>): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort();
  ended.then(abort, abort);
  return controller.signal;
}
