import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { seedAlerts, type AlertDefinition } from './seed-alerts';
import { prometheusRule, type AlertingRule } from '../custom-resources/prometheus-rule';
import { McpNamespace } from '../namespace/mcp-namespace';
import { requireDnsLabel } from '../workload/fail';

/** What of the alerts can be chosen where a fleet makes them. */
export interface McpAlertsOptions {
  /**
   * Where the runbooks are: the name of the alert, in lower case, and `.md` follow.
   *
   * @default - this project's runbooks
   */
  readonly runbookBaseUrl?: string;

  /**
   * The dashboard to look at first.
   *
   * @default 'http://grafana.monitoring.svc/d/mcp-overview'
   */
  readonly dashboardUrl?: string;
}

/** Alerts on a gateway, and on the registry beside it. */
export interface McpAlertsProps extends McpAlertsOptions {
  /**
   * Name of the gateway, which is the `job` of its series. It is in the namespace of the alerts.
   *
   * @default 'mcp-gateway'
   */
  readonly gatewayName?: string;
}

/**
 * Tells the people on call what is wrong, as a PrometheusRule: `MCPHighErrorRate`, `MCPLatencyDegradation`,
 * `MCPDiscoveryFailures`, `MCPGoldenPathRegression`.
 */
export class McpAlerts extends Construct {
  /** The PrometheusRule. */
  public readonly prometheusRule: ApiObject;

  constructor(scope: Construct, id: string, props: McpAlertsProps = {}) {
    super(scope, id);
    const namespace = McpNamespace.containing(this);
    const job = props.gatewayName ?? 'mcp-gateway';
    requireDnsLabel(this, 'the name of the alerts (it is their id)', id);
    requireDnsLabel(this, 'the name of a gateway', job);
    const rules = seedAlerts({ job, namespace: namespace.namespaceName }).map((alert) => toRule(alert, props));
    this.prometheusRule = prometheusRule(this, 'rule', {
      name: id,
      labels: namespace._labelsOf(id, 'alerts'),
      groups: [{ name: 'cdk8s-mcp', rules }],
    });
  }
}

function toRule(alert: AlertDefinition, options: McpAlertsOptions): AlertingRule {
  const runbooks = options.runbookBaseUrl ?? 'https://github.com/cdk8s-mcp/cdk8s-mcp/blob/main/docs/runbooks';
  return {
    alert: alert.name,
    expr: alert.expr,
    for: alert.for,
    labels: { severity: alert.severity },
    annotations: {
      summary: alert.summary,
      description: alert.description,
      runbook_url: `${runbooks}/${alert.name.toLowerCase()}.md`,
      dashboard_url: options.dashboardUrl ?? 'http://grafana.monitoring.svc/d/mcp-overview',
    },
  };
}
