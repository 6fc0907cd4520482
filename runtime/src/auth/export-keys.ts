import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ASSERTION_KEYS } from '../../../lib/contract/assertions';
import { SESSION_KEYS } from '../../../lib/contract/session-keys';
import { UsageError } from '../platform/usage-error';
import { newAssertionKeys } from './assertions/new-assertion-keys';
import { newSessionKeySet } from './session-keys';

export interface KeyObjectsOptions {
  /** Name of the gateway: those of its Secrets follow from it. */
  readonly gateway: string;
  readonly namespace: string;
  /** Namespaces with servers behind our proxy. */
  readonly serverNamespaces: readonly string[];
}

/** New keys as Kubernetes objects in YAML: Secrets for the gateway, and for each server namespace a ConfigMap. */
export async function keyObjects({ gateway, namespace, serverNamespaces }: KeyObjectsOptions): Promise<string> {
  const { privateKey, publicKeys } = await newAssertionKeys();
  const secret = (suffix: string, file: string, content: object) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: gateway + suffix, namespace },
    type: 'Opaque',
    stringData: { [file]: JSON.stringify(content) },
  });
  return [
    secret(SESSION_KEYS.SECRET_SUFFIX, SESSION_KEYS.FILE, newSessionKeySet()),
    secret(ASSERTION_KEYS.SECRET_SUFFIX, ASSERTION_KEYS.PRIVATE_FILE, privateKey),
    ...[...new Set(serverNamespaces)].map((serverNamespace) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: ASSERTION_KEYS.CONFIG_MAP, namespace: serverNamespace },
      data: { [ASSERTION_KEYS.PUBLIC_FILE]: JSON.stringify(publicKeys) },
    })),
  ].map((object) => stringify(object, { lineWidth: 0 })).join('---\n');
}

/**
 * Writes new keys to files in a directory that only the owner may read.
 *
 * @returns the files
 * @throws UsageError when there is one of them already, or they cannot be written.
 */
export async function writeKeys(directory: string): Promise<string[]> {
  const { privateKey, publicKeys } = await newAssertionKeys();
  const contents: [file: string, content: object][] = [
    [join(directory, SESSION_KEYS.FILE), newSessionKeySet()],
    [join(directory, ASSERTION_KEYS.PRIVATE_FILE), privateKey],
    [join(directory, ASSERTION_KEYS.PUBLIC_FILE), publicKeys],
  ];
  // Before anything is written: half of the keys would match nothing.
  contents.forEach(([file]) => requireNone(file));
  for (const [file, content] of contents) {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeFileSync(file, JSON.stringify(content), { mode: 0o600, flag: 'wx' });
    } catch (error) {
      throw new UsageError(`cannot write ${file}: ${(error as NodeJS.ErrnoException).code}`);
    }
  }
  return contents.map(([file]) => file);
}

function requireNone(file: string): void {
  if (existsSync(file)) {
    throw new UsageError(`${file} exists; with other keys all sessions would end and proxies would refuse calls, `
      + 'so move it away first if that is what you want');
  }
}
