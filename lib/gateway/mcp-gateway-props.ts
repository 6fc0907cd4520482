import type { ContainerResources } from 'cdk8s-plus-28';
import type { GatewayAuth } from './gateway-auth';
import type { GatewayTls } from './gateway-tls';

/** What of a gateway can be chosen where a fleet makes it. */
export interface McpGatewayOptions {
  /**
   * Where TLS ends.
   *
   * @default - at the gateway, with the Secret `NAME-tls`, which cert-manager or you put there
   */
  readonly tls?: GatewayTls;

  /**
   * Number of pods.
   *
   * @default 3 - two stay when a node goes during an update
   */
  readonly replicas?: number;

  /**
   * Why it runs as a single replica, such as in a cluster for tests. Stays in the manifest as an annotation.
   *
   * @default - none
   */
  readonly singletonReason?: string;

  /**
   * CPU, memory and scratch space of its container.
   *
   * @default - requests 500m, 512Mi; limits 2 CPU, 2Gi
   */
  readonly resources?: ContainerResources;
}

/** A gateway. */
export interface McpGatewayProps extends McpGatewayOptions {
  /** Name by which clients reach it, such as `mcp.example.com`. The audience of tokens follows from it. */
  readonly host: string;

  /** How clients prove who they are. */
  readonly auth: GatewayAuth;
}
