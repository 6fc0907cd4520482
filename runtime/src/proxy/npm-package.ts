import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../platform/usage-error';

const manifestSchema = z.object({
  version: z.string(),
  bin: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
});

/**
 * The program of an installed npm package: what `bin` names in its package.json. The package is looked for
 * in `node_modules`, from the directory upward, as Node itself does.
 *
 * @returns the path of the script
 * @throws UsageError when the package is not installed, has another version, or has no program.
 */
export function findPackageProgram(name: string, version: string, directory: string): string {
  const { folder, manifest } = findPackage(name, version, directory);
  if (manifest.version !== version) {
    throw new UsageError(`package ${name} is installed in version ${manifest.version}, but the configuration `
      + `pins ${version}: install ${name}@${version} or change the pin`);
  }
  const program = programOf(name, manifest.bin);
  if (program === undefined) {
    throw new UsageError(`package ${name}@${version} has no single program to run: configure connector.command instead`);
  }
  return join(folder, program);
}

function findPackage(name: string, version: string, directory: string) {
  const folders = createRequire(join(directory, 'package.json')).resolve.paths(name) ?? [];
  for (const folder of folders.map((modules) => join(modules, name))) {
    const text = readIfThere(join(folder, 'package.json'));
    if (text !== undefined) {
      return { folder, manifest: manifestSchema.parse(JSON.parse(text)) };
    }
  }
  throw new UsageError(`package ${name} is not installed in ${directory} or above it: run npm install ${name}@${version}`);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** A package with several programs runs the one of its own name, as npx does. */
function programOf(name: string, bin: string | Record<string, string> | undefined): string | undefined {
  if (bin === undefined || typeof bin === 'string') {
    return bin;
  }
  const programs = Object.values(bin);
  return programs.length === 1 ? programs[0] : bin[name.slice(name.lastIndexOf('/') + 1)];
}
