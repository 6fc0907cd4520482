// Removes what was compiled and bundled. Reports and connection files (build/*.json) are not ours to remove:
// a fleet may be running.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const build = join(import.meta.dirname, '..', 'build');

for (const name of existsSync(build) ? readdirSync(build) : []) {
  if (!name.endsWith('.json')) {
    rmSync(join(build, name), { recursive: true });
  }
}
