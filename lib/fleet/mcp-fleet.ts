import { Construct } from 'constructs';
import { provideFleet } from './fleet-context';
import { McpAlerts, type McpAlertsOptions } from '../alerts/mcp-alerts';
import type { GatewayAuth } from '../gateway/gateway-auth';
import { McpGateway } from '../gateway/mcp-gateway';
import type { McpGatewayOptions } from '../gateway/mcp-gateway-props';
import { McpNamespace } from '../namespace/mcp-namespace';
import { McpTier } from '../namespace/mcp-tier';
import { McpRegistry, type McpRegistryOptions } from '../registry/mcp-registry';
import { fail, requireDnsLabel } from '../workload/fail';
import { isImageRepository } from '../workload/image';
import { DEFAULT_IMAGE_REPOSITORY } from '../workload/version';

/** A fleet. */
export interface McpFleetProps {
  /** Name by which clients reach the gateway, such as `mcp.example.com`. The audience of tokens follows from it. */
  readonly host: string;

  /** How clients prove who they are. */
  readonly auth: GatewayAuth;

  /**
   * Namespace of gateway, registry and alerts.
   *
   * @default 'mcp-system'
   */
  readonly namespace?: string;

  /**
   * Namespace that Prometheus runs in: it alone may read metrics.
   *
   * @default 'monitoring'
   */
  readonly monitoringNamespace?: string;

  /**
   * Whether the cluster has the Prometheus Operator: then PodMonitors collect the metrics, and a PrometheusRule
   * holds the alerts.
   *
   * @default true
   */
  readonly prometheusOperator?: boolean;

  /**
   * Where images come from, such as a mirror of your own.
   *
   * @default 'ghcr.io/cdk8s-mcp'
   */
  readonly imageRepository?: string;

  /**
   * Replicas, resources and TLS of the gateway.
   *
   * @default - see each option
   */
  readonly gateway?: McpGatewayOptions;

  /**
   * Replicas and resources of the registry.
   *
   * @default - see each option
   */
  readonly registry?: McpRegistryOptions;

  /**
   * Links of the alerts.
   *
   * @default - see each option
   */
  readonly alerts?: McpAlertsOptions;
}

/**
 * A fleet of MCP servers behind one gateway. Wires everything that is created inside it: servers are routed to,
 * listed, isolated, and watched.
 */
export class McpFleet extends Construct {
  /** Namespace of gateway and registry. */
  public readonly system: McpNamespace;

  /** The single point of policy. Say here who may do what. */
  public readonly gateway: McpGateway;

  /** Knows what exists and what is healthy. */
  public readonly registry: McpRegistry;

  /** Tells the people on call what is wrong; none without the Prometheus Operator. */
  public readonly alerts?: McpAlerts;

  constructor(scope: Construct, id: string, props: McpFleetProps) {
    super(scope, id);
    requireDnsLabel(this, 'the name of a fleet (it is its id)', id);
    const {
      prometheusOperator = true, imageRepository = DEFAULT_IMAGE_REPOSITORY, monitoringNamespace = 'monitoring',
    } = props;
    requireDnsLabel(this, 'the namespace of Prometheus', monitoringNamespace);
    if (!isImageRepository(imageRepository)) {
      fail(this, `the imageRepository '${imageRepository}' is no place for images: write one such as registry.example.com/mirror, `
        + 'without a scheme, and without a slash at the end');
    }
    provideFleet(this, {
      name: id,
      imageRepository,
      monitoringNamespace,
      prometheusOperator,
      adopt: (server) => {
        this.gateway.serve(server);
        this.registry.list(server);
      },
    });
    this.system = new McpNamespace(this, props.namespace ?? 'mcp-system', { tier: McpTier.CORE });
    this.gateway = new McpGateway(this.system, 'mcp-gateway', { host: props.host, auth: props.auth, ...props.gateway });
    this.registry = new McpRegistry(this.system, 'mcp-registry', { gateway: this.gateway, ...props.registry });
    if (prometheusOperator) {
      this.alerts = new McpAlerts(this.system, 'mcp-alerts', { gatewayName: this.gateway.gatewayName, ...props.alerts });
    }
  }
}
