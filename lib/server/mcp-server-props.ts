import type { Duration } from 'cdk8s';
import type { ContainerResources } from 'cdk8s-plus-28';
import type { McpSource } from './mcp-source';
import type { McpTransport } from './mcp-transport';
import type { McpVolume } from './mcp-volume';
import type { Peer } from '../network/peer';

/** An MCP server. */
export interface McpServerProps {
  /** Where its program comes from. */
  readonly source: McpSource;

  /**
   * How it talks.
   *
   * @default - stdio for packages, because that is what they speak; an image has to say
   */
  readonly transport?: McpTransport;

  /**
   * What it is for, in a sentence; people read it in `/discover`.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Who answers for it, such as a team.
   *
   * @default - nobody
   */
  readonly owner?: string;

  /**
   * Number of pods.
   *
   * @default - what the tier says; 1 with a persistent volume, which belongs to one pod
   */
  readonly replicas?: number;

  /**
   * Why it runs as a single replica although its tier wants more. Stays in the manifest as an annotation.
   *
   * @default - none
   */
  readonly singletonReason?: string;

  /**
   * Environment of its program. No place for secrets: they would stand in the manifest.
   *
   * @default - none
   */
  readonly env?: { [name: string]: string };

  /**
   * Where it can write, beside `/tmp`.
   *
   * @default - nowhere
   */
  readonly volumes?: McpVolume[];

  /**
   * Whom it may connect to, beside the cluster's DNS.
   *
   * @default - nobody
   */
  readonly egress?: Peer[];

  /**
   * CPU, memory and scratch space of its container.
   *
   * @default - stdio: requests 100m, 224Mi; limits 1 CPU, 896Mi (128Mi and 96Mi for each of 8 sessions).
   * Streamable HTTP: requests 50m, 64Mi; limits 500m, 256Mi. Scratch space: 64Mi to 256Mi
   */
  readonly resources?: ContainerResources;

  /**
   * How long its longest call takes. Pods that end get this long, and a margin, to finish.
   *
   * @default Duration.minutes(5)
   */
  readonly callTimeout?: Duration;
}
