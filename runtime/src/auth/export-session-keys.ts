import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SESSION_KEYS } from '../../../lib/contract/session-keys';
import { UsageError } from '../platform/usage-error';
import { newSessionKeySet } from './session-keys';

/** A Kubernetes Secret with new session keys, as YAML. Without a namespace, `kubectl` uses its current one. */
export function sessionKeysSecret(name: string, namespace: string | undefined): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'Opaque',
    stringData: { [SESSION_KEYS.FILE]: JSON.stringify(newSessionKeySet()) },
  });
}

/**
 * Writes new session keys to a file in a directory that only the owner may read.
 *
 * @returns the file
 * @throws UsageError when there is such a file already, or it cannot be written.
 */
export function writeSessionKeys(directory: string): string {
  const file = join(directory, SESSION_KEYS.FILE);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, JSON.stringify(newSessionKeySet()), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(code === 'EEXIST'
      ? `${file} exists; with other keys all sessions would end, so move it away first if that is what you want`
      : `cannot write ${file}: ${code}`);
  }
  return file;
}
