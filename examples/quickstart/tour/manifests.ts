import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const EXAMPLE = join(import.meta.dirname, '..');

/** File systems keep times less exactly than clocks. */
const CLOCK_GRAIN_MS = 2000;

/** Runs the example's program, as `cdk8s synth` would, and returns the directory with the manifests. */
export function synthesize(): string {
  const directory = join(EXAMPLE, 'dist');
  const begun = Date.now();
  execFileSync(process.execPath, ['--import', 'tsx', 'main.ts'], {
    cwd: EXAMPLE, env: { ...process.env, CDK8S_OUTDIR: directory }, stdio: 'inherit',
  });
  // What an earlier version of the program has written is not part of this fleet.
  for (const file of readdirSync(directory)) {
    if (statSync(join(directory, file)).mtimeMs < begun - CLOCK_GRAIN_MS) {
      rmSync(join(directory, file), { force: true });
    }
  }
  return directory;
}

/** Each file and the kinds of objects in it, the most frequent first. */
export function summarize(directory: string): { file: string; objects: number; kinds: string }[] {
  return readdirSync(directory).sort().map((file) => {
    const documents = parseAllDocuments(readFileSync(join(directory, file), 'utf8'));
    const counts = new Map<string, number>();
    for (const document of documents) {
      const kind = String(document.get('kind'));
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    const kinds = [...counts]
      .sort(([, a], [, b]) => b - a)
      .map(([kind, count]) => count === 1 ? kind : `${count} ${kind}`)
      .join(', ');
    return { file, objects: documents.length, kinds };
  });
}
