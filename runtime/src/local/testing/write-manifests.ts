import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory that goes away with the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

/** Writes manifests, each text a file, into a directory that goes away with the test. */
export function writeManifests(...texts: string[]): string {
  const directory = temporaryDirectory();
  texts.forEach((text, i) => writeFileSync(join(directory, `${i}.yaml`), text));
  return directory;
}
