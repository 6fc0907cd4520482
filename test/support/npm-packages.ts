import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * Installs packages that the project does not depend on into a directory of their own, those that are not there yet.
 *
 * @param versions exact ones, by name
 */
export async function installPackages(
  directory: string, versions: Readonly<Record<string, string>>, signal: AbortSignal,
): Promise<void> {
  const missing = Object.entries(versions).filter(([name, version]) => installedVersion(directory, name) !== version)
    .map(([name, version]) => `${name}@${version}`);
  if (missing.length === 0) {
    return;
  }
  process.stderr.write(`installing ${missing.join(', ')} into ${directory}\n`);
  mkdirSync(directory, { recursive: true });
  const manifest = join(directory, 'package.json');
  if (!existsSync(manifest)) {
    writeFileSync(manifest, JSON.stringify({ private: true }));
  }
  const npm = spawn('npm', [
    'install', '--prefix', directory, '--save-exact', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error',
    ...missing,
  ], { stdio: ['ignore', process.stderr, 'inherit'], signal });
  const [status] = await once(npm, 'exit') as [number | null];
  if (status !== 0) {
    throw new Error(`npm could not install ${missing.join(', ')}`);
  }
}

function installedVersion(directory: string, name: string): string | undefined {
  const manifest = join(directory, 'node_modules', name, 'package.json');
  return existsSync(manifest)
    ? z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8'))).version
    : undefined;
}
