// Builds the shim and prints its path: node runtime/shim/build.mjs [--out PATH]. GOARCH chooses the architecture.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findGo, ROOT, SOURCES } from './go.mjs';

const OUTPUT = join(ROOT, 'build', 'shim', 'cdk8s-mcp-shim');

/** Builds the shim. A file that would not change stays as it is: it may be running. */
function build(go, out) {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const built = `${out}.${process.pid}`;
  mkdirSync(dirname(out), { recursive: true });
  execFileSync(go, ['build', '-trimpath', '-ldflags', `-s -w -X main.version=${version}`, '-o', built, '.'], {
    cwd: SOURCES, env: { ...process.env, CGO_ENABLED: '0', GOOS: 'linux' }, stdio: ['ignore', 2, 2],
  });
  if (existsSync(out) && readFileSync(out).equals(readFileSync(built))) {
    rmSync(built);
  } else {
    renameSync(built, out);
  }
}

const { out } = parseArgs({ options: { out: { type: 'string', default: OUTPUT } } }).values;
build(findGo(), resolve(out));
console.log(resolve(out));
