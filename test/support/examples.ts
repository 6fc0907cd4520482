import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** An object of Kubernetes, as far as tests look at it. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string; namespace?: string; labels: Record<string, string>; annotations?: Record<string, string>;
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- every kind has other fields, and tests read them all
  [field: string]: any;
}

export interface SynthesizedExample {
  readonly name: string;
  /** File names and texts. */
  readonly files: Record<string, string>;
  readonly objects: KubeObject[];
}

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');

export const exampleNames: string[] = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** Runs an example's own program, on the sources of the library. */
export async function synthesizeExample(name: string): Promise<SynthesizedExample> {
  const outdir = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-example-'));
  const previous = process.env.CDK8S_OUTDIR;
  process.env.CDK8S_OUTDIR = outdir;
  try {
    // A program runs when it is imported: the query makes each import a new one.
    await import(/* @vite-ignore */ `${join(EXAMPLES, name, 'main.ts')}?outdir=${encodeURIComponent(outdir)}`);
    const files = Object.fromEntries(
      readdirSync(outdir).sort().map((file) => [file, readFileSync(join(outdir, file), 'utf8')]));
    return { name, files, objects: Object.values(files).flatMap(parseObjects) };
  } finally {
    if (previous === undefined) {
      delete process.env.CDK8S_OUTDIR;
    } else {
      process.env.CDK8S_OUTDIR = previous;
    }
    rmSync(outdir, { recursive: true });
  }
}

export function parseObjects(text: string): KubeObject[] {
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}
