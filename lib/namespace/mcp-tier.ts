import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-28';

/** How much all pods of a namespace may take together. */
export interface McpQuota {
  /** Sum of the CPU limits. Requests may take half of it. */
  readonly cpu: Cpu;
  /** Sum of the memory limits. Requests may take half of it. */
  readonly memory: Size;
  /** Number of pods. */
  readonly pods: number;
  /** Sum of the persistent volumes. */
  readonly storage: Size;
}

/** What a tier asks of the servers in it. */
export interface McpTierOptions {
  /**
   * Replicas of a server that does not say how many.
   *
   * @default 1
   */
  readonly replicas?: number;

  /**
   * Whether images must be named by digest, so that nobody can put another program behind a reviewed name.
   *
   * @default false
   */
  readonly pinnedImages?: boolean;

  /**
   * What a namespace of the tier may take.
   *
   * @default - 16 CPU, 32 GiB of memory, 50 pods, 200 GiB of storage
   */
  readonly quota?: McpQuota;
}

/**
 * How much the organisation depends on the servers of a namespace, and how far it trusts them.
 */
export class McpTier {
  /**
   * What the work depends on: two replicas, images by digest.
   * Quota: 64 CPU, 128 GiB of memory, 100 pods, 1 TiB of storage.
   */
  public static readonly CORE = new McpTier('core', {
    replicas: 2,
    pinnedImages: true,
    quota: { cpu: Cpu.units(64), memory: Size.gibibytes(128), pods: 100, storage: Size.tebibytes(1) },
  });

  /**
   * What is useful and may be away for a while: one replica, images by tag or digest.
   * Quota: 32 CPU, 64 GiB of memory, 50 pods, 200 GiB of storage.
   */
  public static readonly UTILITY = new McpTier('utility', {
    quota: { cpu: Cpu.units(32), memory: Size.gibibytes(64), pods: 50, storage: Size.gibibytes(200) },
  });

  /**
   * What is being tried: one replica, and little to take away from others.
   * Quota: 8 CPU, 16 GiB of memory, 20 pods, 50 GiB of storage.
   */
  public static readonly EXPERIMENTAL = new McpTier('experimental', {
    quota: { cpu: Cpu.units(8), memory: Size.gibibytes(16), pods: 20, storage: Size.gibibytes(50) },
  });

  /**
   * A tier of your own.
   *
   * @param name a DNS label: it stands in labels and in policies, as `Mcp::Tier::"name"`
   */
  public static of(name: string, options: McpTierOptions = {}): McpTier {
    return new McpTier(name, options);
  }

  /** Replicas of a server that does not say how many. */
  public readonly replicas: number;

  /** Whether images must be named by digest. */
  public readonly pinnedImages: boolean;

  /** What a namespace of the tier may take. */
  public readonly quota: McpQuota;

  private constructor(
    /** Name of the tier. */
    public readonly name: string,
    options: McpTierOptions,
  ) {
    this.replicas = options.replicas ?? 1;
    this.pinnedImages = options.pinnedImages ?? false;
    this.quota = options.quota
      ?? { cpu: Cpu.units(16), memory: Size.gibibytes(32), pods: 50, storage: Size.gibibytes(200) };
  }
}
