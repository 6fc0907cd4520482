import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

export const BUILD = join(ROOT, 'build');
export const CLI = join(ROOT, 'bin', 'cdk8s-mcp.mjs');
export const SHIM = join(BUILD, 'shim', 'cdk8s-mcp-shim');

/** The programs that are not ours: where the conformance suite has them, too. */
export const TOOLS = join(BUILD, 'conformance', 'tools');

/** The command of the server that all candidates have behind them. */
export const ECHO_SERVER = [process.execPath, join(import.meta.dirname, 'echo-server.mjs')];
