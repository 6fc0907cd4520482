import { writeFileSync } from 'node:fs';
import { sep } from 'node:path';
import { newSessionKeySet } from '../../auth/session-keys';
import { CannotRun } from '../cannot-run';
import type { ProgramConfig } from './local-configuration';
import type { MaterializedVolumes } from './materialize';

/**
 * Stands in for whoever makes the Secrets that the manifests name and do not contain: session keys are made
 * for the run; certificates are not needed, since there is no TLS.
 *
 * @param config of the container's program, if it is one of ours
 * @throws CannotRun when the container mounts any other such Secret.
 */
export function provideExternalSecrets({ externalSecrets }: MaterializedVolumes, config?: ProgramConfig): void {
  const { sessionKeysFile, tls } = config !== undefined && 'sessionKeysFile' in config ? config : {};
  const holds = (directory: string, file = ''): boolean => file.startsWith(directory + sep);
  for (const { name, directory } of externalSecrets) {
    if (sessionKeysFile !== undefined && holds(directory, sessionKeysFile)) {
      writeFileSync(sessionKeysFile, JSON.stringify(newSessionKeySet()), { mode: 0o600 });
    } else if (!holds(directory, tls?.certificateFile) && !holds(directory, tls?.keyFile)) {
      throw new CannotRun(`it mounts Secret ${name}, which somebody else makes: for a local run, add that object to the manifests`);
    }
  }
}
