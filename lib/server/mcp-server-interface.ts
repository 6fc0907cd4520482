import type { Duration } from 'cdk8s';
import type { IConstruct } from 'constructs';

/**
 * What gateway, registry and policies need to know of an MCP server.
 */
export interface IMcpServer extends IConstruct {
  /** Name in the fleet: its route is `/servers/NAME/mcp`, its tools are `NAME__tool`. */
  readonly serverName: string;

  /** Kubernetes namespace that it runs in. */
  readonly namespaceName: string;

  /** Name of its tier. */
  readonly tierName: string;

  /** What it is for, in a sentence. */
  readonly description?: string;

  /** Who answers for it. */
  readonly owner?: string;

  /** URL of its MCP endpoint inside the cluster. */
  readonly mcpUrl: string;

  /** URL that answers 200 when it can serve, inside the cluster. */
  readonly readyUrl: string;

  /** TCP port of `mcpUrl` on its pods. */
  readonly mcpPort: number;

  /** TCP port of `readyUrl` on its pods. */
  readonly readyPort: number;

  /** How long its longest call takes: so long the gateway waits for an answer. */
  readonly callTimeout: Duration;

  /**
   * Whether the gateway is to tell it who calls, in the header `cdk8s-mcp-assertion`.
   * Our proxy refuses calls without; other servers are not told.
   */
  readonly takesAssertions: boolean;

  /** Labels that select its pods. */
  readonly podLabels: { [key: string]: string };

  /**
   * Lets pods connect to it.
   *
   * @param namespace their namespace
   * @param podLabels their labels
   * @param port TCP port of the server's pods
   */
  admit(namespace: string, podLabels: { [key: string]: string }, port: number): void;
}
