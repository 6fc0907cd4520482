import type { Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { SHIM_DIRECTORY, SOCKET_DIRECTORY } from '../contract/shim';
import { mebibytes } from '../workload/resources';

/** Names of the volumes that a server's pod may have of its own. */
export const POD_VOLUME = {
  TMP: 'tmp', PROXY_TMP: 'proxy-tmp', PROXY_CONFIG: 'proxy-config', ASSERTION_KEYS: 'assertion-keys', SHIM: 'shim', SOCKETS: 'sockets',
} as const;

/** Where a pod of ours has something already. */
const TAKEN_PATHS = ['/tmp', '/etc/cdk8s-mcp', SHIM_DIRECTORY, SOCKET_DIRECTORY];

/** Options of a persistent volume. */
export interface PersistentVolumeOptions {
  /**
   * Storage class of the claim.
   *
   * @default - the cluster's default class
   */
  readonly storageClass?: string;
}

/**
 * Somewhere that a server can write: its root file system is read-only.
 */
export class McpVolume {
  /**
   * A volume that outlives the pod. It belongs to one pod, so the server runs as a single replica.
   *
   * @param path absolute path in the container
   */
  public static persistent(path: string, size: Size, options: PersistentVolumeOptions = {}): McpVolume {
    return new McpVolume(path, size, true, options.storageClass);
  }

  /**
   * Scratch space that ends with the pod. `/tmp` is always there and need not be named.
   *
   * @param path absolute path in the container
   */
  public static scratch(path: string, size: Size): McpVolume {
    return new McpVolume(path, size, false);
  }

  private constructor(
    /** Absolute path in the container. */
    public readonly path: string,
    /** Size of it. */
    public readonly size: Size,
    /** Whether it outlives the pod. */
    public readonly isPersistent: boolean,
    private readonly storageClass?: string,
  ) {}

  /** @internal */
  public get _name(): string {
    return this.path.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-/, '').slice(0, 63).replace(/-$/, '');
  }

  /**
   * What is wrong with it, or undefined.
   * @internal
   */
  public _problem(): string | undefined {
    // JavaScript lets the size be forgotten.
    if ((this.size as Size | undefined) === undefined || !(mebibytes(this.size) > 0)) {
      return `the volume '${this.path}' has no size: write one such as Size.gibibytes(1)`;
    }
    return this.pathProblem();
  }

  private pathProblem(): string | undefined {
    const steps = this.path.split('/');
    if (!/^(\/[A-Za-z0-9._-]+)+$/.test(this.path) || steps.includes('.') || steps.includes('..') || this._name === '') {
      return `the volume '${this.path}' has no absolute path: write one such as /data`;
    }
    if (TAKEN_PATHS.some((taken) => this.path === taken || this.path.startsWith(`${taken}/`))) {
      return `the volume '${this.path}' would hide a directory that the pod already has: choose another path, such as /data`;
    }
    return Object.values<string>(POD_VOLUME).includes(this._name)
      ? `the volume '${this.path}' would be called ${this._name}, as another volume of the pod: choose another path, such as /data`
      : undefined;
  }

  /** @internal */
  public _claim(labels: Record<string, string>): k8s.KubePersistentVolumeClaimProps {
    return {
      metadata: { name: this._name, labels },
      spec: {
        accessModes: ['ReadWriteOnce'],
        ...(this.storageClass === undefined ? {} : { storageClassName: this.storageClass }),
        resources: { requests: { storage: k8s.Quantity.fromString(this.size.asString()) } },
      },
    };
  }
}
