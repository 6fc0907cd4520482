import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { shimBinary } from '../shim';
import { findTool } from '../tools';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** What the tests with containers need of this machine. */
export interface ContainerTools {
  readonly shim: string;
  readonly go: string;
}

/**
 * Finds and builds what tests with containers need; undefined where it is missing, or where the user is not root: then
 * the tests are skipped.
 *
 * @throws Error in CI in their stead
 */
export function findContainerTools(): ContainerTools | undefined {
  const [go, ...others] = ['go', 'podman', 'runc', 'nsenter', 'ldd', 'tar'].map(findTool);
  if (go === undefined || others.includes(undefined)) {
    return undefined;
  }
  if (process.getuid?.() !== 0) {
    if (process.env.CI === 'true') {
      throw new Error('tests with containers have to run as root');
    }
    return undefined;
  }
  const shim = shimBinary();
  return shim === undefined ? undefined : { shim, go };
}

/** Builds the server that is one static file. */
export function buildStaticServer({ go }: ContainerTools, file: string): void {
  execFileSync(go, ['build', '-trimpath', '-ldflags', '-s -w', '-o', file, '.'], {
    cwd: join(ROOT, 'test', 'fixtures', 'static-server'),
    env: { ...process.env, CGO_ENABLED: '0', GOOS: 'linux' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
