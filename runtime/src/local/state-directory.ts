import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../platform/usage-error';

/**
 * Where one local run keeps its files:
 *
 *     fleet.json           how to use the fleet while it runs (fleet-file.ts)
 *     audit.log            the gateway's audit records
 *     logs/                a file for each pod
 *     volumes/             persistent volumes
 *     run/                 what is written anew by each run: configurations, keys, volumes that end with their pod
 */
export class StateDirectory {
  private constructor(readonly path: string, readonly isTemporary: boolean) {
    rmSync(this.run, { recursive: true, force: true });
    mkdirSync(join(this.run, 'connect-to'), { recursive: true, mode: 0o700 });
    mkdirSync(this.logs, { recursive: true });
  }

  /**
   * @param path a directory that is kept; without it, a new temporary one that `remove` deletes
   * @throws UsageError when it cannot be made.
   */
  static open(path?: string): StateDirectory {
    if (path === undefined) {
      return new StateDirectory(realpathSync(mkdtempSync(join(tmpdir(), 'cdk8s-mcp-'))), true);
    }
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      return new StateDirectory(realpathSync(path), false);
    } catch (error) {
      throw new UsageError(`cannot keep state in ${path}: ${(error as NodeJS.ErrnoException).code}`);
    }
  }

  get logs(): string {
    return join(this.path, 'logs');
  }

  get auditLog(): string {
    return join(this.path, 'audit.log');
  }

  get identityProviderConfig(): string {
    return join(this.run, 'identity-provider.yaml');
  }

  logOf(id: string): string {
    return join(this.logs, `${fileName(id)}.log`);
  }

  /** Where the lines for `--connect-to` of one namespace's programs are. */
  connectTo(namespace: string): string {
    return join(this.run, 'connect-to', namespace);
  }

  /** A volume that lives as long as its pod, shared by its containers. */
  podVolume(podId: string, volume: string): string {
    return made(this.run, 'pods', fileName(podId), 'volumes', volume);
  }

  /** A volume that one container reads: configuration is rewritten for each container's mounts. */
  containerVolume(podId: string, container: string, volume: string): string {
    return made(this.run, 'pods', fileName(podId), 'containers', container, volume);
  }

  /** A volume that outlives the run, if the directory does. */
  persistentVolume(namespace: string, claim: string): string {
    return made(this.path, 'volumes', fileName(`${namespace}/${claim}`));
  }

  /** Deletes a temporary directory; leaves a kept one. */
  remove(): void {
    if (this.isTemporary) {
      // Processes that were just killed may still be writing.
      rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  private get run(): string {
    return join(this.path, 'run');
  }
}

function made(...parts: string[]): string {
  const path = join(...parts);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Names of namespaces hold no dots, so this is unique. */
function fileName(id: string): string {
  return id.replaceAll('/', '.');
}
