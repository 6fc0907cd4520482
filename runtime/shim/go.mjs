import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const SOURCES = dirname(fileURLToPath(import.meta.url));
export const ROOT = join(SOURCES, '..', '..');
const [MAJOR, MINOR] = [1, 24];
/** Exit status that says that only Go is missing. */
const NO_GO = 3;

/** The path of Go, of the system or of what `.ci/setup` installs. Ends the program where there is none. */
export function findGo() {
  const places = [...(process.env.PATH ?? '').split(delimiter), join(ROOT, '.venv', 'bin')];
  const go = places.map((place) => join(place, 'go')).find((path) => existsSync(path) && isNewEnough(path));
  if (go === undefined) {
    console.error(`The shim needs Go ${MAJOR}.${MINOR} or newer: install it, or run .ci/setup`);
    process.exit(NO_GO);
  }
  return go;
}

function isNewEnough(go) {
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(execFileSync(go, ['version'], { encoding: 'utf8' })) ?? [];
  return Number(major) > MAJOR || (Number(major) === MAJOR && Number(minor) >= MINOR);
}
