import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const BUILD = join(import.meta.dirname, '..', '..', 'runtime', 'shim', 'build.mjs');
/** Exit status of the build where only Go is missing. */
const NO_GO = 3;

let built: string | undefined;

/**
 * The path of the shim, built if its sources have changed; undefined where there is no Go: then the tests that need it
 * are skipped, and counted as skipped. In CI nothing is skipped.
 *
 * @throws an error when the shim does not build, and in CI when Go is missing
 */
export function shimBinary(): string | undefined {
  if (built === undefined) {
    const { status, stdout, stderr, error } = spawnSync(process.execPath, [BUILD], { encoding: 'utf8' });
    if (error !== undefined) {
      throw error;
    }
    if (status === NO_GO && process.env.CI !== 'true') {
      return undefined;
    }
    if (status !== 0) {
      throw new Error(stderr);
    }
    built = stdout.trim();
  }
  return built;
}
