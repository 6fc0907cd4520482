import { writeFileSync } from 'node:fs';
import { sep } from 'node:path';
import { newAssertionKeys, type AssertionKeyPair } from '../../auth/assertions/new-assertion-keys';
import { newSessionKeySet } from '../../auth/session-keys';
import { CannotRun } from '../cannot-run';
import type { ProgramConfig } from './local-configuration';
import type { MaterializedVolumes } from './materialize';

/** The keys of one run. In the cluster somebody else makes them; what manifests have of them is not used here. */
export interface RunKeys {
  readonly session: object;
  readonly assertion: AssertionKeyPair;
}

export async function newRunKeys(): Promise<RunKeys> {
  return { session: newSessionKeySet(), assertion: await newAssertionKeys() };
}

/**
 * Writes the keys that a container reads, and with that stands in for whoever makes the Secrets and ConfigMaps
 * that the manifests name and do not contain. Certificates are not needed, since there is no TLS.
 *
 * @param config of the container's program, if it is one of ours
 * @throws CannotRun when the container mounts any other such object.
 */
export function provideKeys(volumes: MaterializedVolumes, keys: RunKeys, config?: ProgramConfig): void {
  const files = keyFiles(config, keys);
  for (const { kind, name, directory } of volumes.externalObjects) {
    if (!files.some(({ path }) => isIn(directory, path))) {
      throw new CannotRun(`it mounts ${kind} ${name}, which somebody else makes: for a local run, add that object to the manifests`);
    }
  }
  for (const { path, content } of files) {
    if (content !== undefined && volumes.mounts.some(({ localPath }) => isIn(localPath, path))) {
      writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
    }
  }
}

interface KeyFile {
  readonly path: string;
  /** Undefined for what this run does without. */
  readonly content?: object;
}

function keyFiles(config: ProgramConfig | undefined, { session, assertion }: RunKeys): KeyFile[] {
  const { sessionKeysFile, assertionKeyFile, tls } = config !== undefined && 'sessionKeysFile' in config ? config : {};
  const assertionKeys = config !== undefined && 'assertionKeys' in config ? config.assertionKeys : undefined;
  const file = (path: string | undefined, content?: object): KeyFile[] => path === undefined ? [] : [{ path, content }];
  return [
    ...file(sessionKeysFile, session),
    ...file(assertionKeyFile, assertion.privateKey),
    ...file(assertionKeys, assertion.publicKeys),
    ...file(tls?.certificateFile),
    ...file(tls?.keyFile),
  ];
}

function isIn(directory: string, path: string): boolean {
  return path.startsWith(directory + sep);
}
