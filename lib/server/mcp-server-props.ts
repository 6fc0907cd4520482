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
   * @default - stdio: requests 100m, 208Mi; limits 1 CPU, 880Mi (16Mi, and 96Mi for each of 8 sessions and one process
   * that is started ahead), and 112Mi more where the proxy is in the same container.
   * Streamable HTTP: requests 50m, 64Mi; limits 500m, 256Mi. Scratch space: 64Mi to 256Mi
   */
  readonly resources?: ContainerResources;

  /**
   * CPU, memory and scratch space of the proxy, where that has a container of its own (McpConnector.inPod()).
   *
   * @default - requests 50m, 128Mi; limits 500m, 256Mi; scratch space: 64Mi to 256Mi
   */
  readonly proxyResources?: ContainerResources;

  /**
   * How long its longest call takes. Pods that end get this long, and a margin, to finish.
   *
   * @default Duration.minutes(5)
   */
  readonly callTimeout?: Duration;
}
