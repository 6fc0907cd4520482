import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let root: string | undefined;

/** A directory that is there until the benchmark ends, however it ends. */
export function temporaryDirectory(): string {
  if (root === undefined) {
    const created = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-bench-'));
    process.once('exit', () => rmSync(created, { recursive: true, force: true }));
    root = created;
  }
  return mkdtempSync(join(root, 'run-'));
}
