import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * The path of a system tool that `.ci/setup` installs, or undefined where it is missing: then the tests that
 * need it are skipped, and counted as skipped. In CI nothing is skipped.
 *
 * @throws an error in CI when the tool is missing
 */
export function findTool(name: string): string | undefined {
  const places = [join(ROOT, '.venv', 'bin'), ...(process.env.PATH ?? '').split(delimiter)];
  const found = places.map((place) => join(place, name)).find((path) => existsSync(path));
  if (found === undefined && process.env.CI === 'true') {
    throw new Error(`${name} is missing: run .ci/setup`);
  }
  return found;
}
