import { ALERT } from '../contract/alerts';
import { DISCOVERY_OUTCOME, METRIC } from '../contract/metrics';

/** An alert before links and labels are added. */
export interface AlertDefinition {
  readonly name: string;
  readonly severity: 'page' | 'ticket';
  readonly expr: string;
  readonly for: string;
  readonly summary: string;
  readonly description: string;
}

/** The gateway whose series count: proxies count the same calls again, and so do the gateways of other fleets. */
export interface GatewaySeries {
  readonly job: string;
  readonly namespace: string;
}

/** Errors that are the caller's or the tool's own business, not the platform's. */
const NOT_THE_PLATFORM = 'tool_error|denied';

/** The alerts that a fleet begins with. */
export function seedAlerts(gateway: GatewaySeries): AlertDefinition[] {
  const matchers = `job="${gateway.job}",namespace="${gateway.namespace}"`;
  return [
    highErrorRate(matchers), latencyDegradation(matchers), discoveryFailures(gateway.namespace), goldenPathRegression(),
  ];
}

function highErrorRate(matchers: string): AlertDefinition {
  const errors = `rate(${METRIC.TOOL_ERRORS.name}{${matchers},error_type!~"${NOT_THE_PLATFORM}"}[5m])`;
  const requests = `rate(${METRIC.TOOL_REQUESTS.name}{${matchers}}[5m])`;
  return {
    name: ALERT.HIGH_ERROR_RATE,
    severity: 'page',
    expr: `sum by (server) (${errors}) / sum by (server) (${requests}) > 0.005`,
    for: '5m',
    summary: 'Calls to {{ $labels.server }} fail',
    description: '{{ $value | humanizePercentage }} of the tool calls to {{ $labels.server }} failed in the last 5 minutes '
      + 'for reasons of the platform; errors that tools report themselves do not count. The limit is 0.5%.',
  };
}

function latencyDegradation(matchers: string): AlertDefinition {
  const buckets = `sum by (server, le) (rate(${METRIC.OPERATION_DURATION.name}_bucket{${matchers},mcp_method_name="tools/call"}[15m]))`;
  return {
    name: ALERT.LATENCY_DEGRADATION,
    severity: 'ticket',
    expr: `histogram_quantile(0.99, ${buckets}) > 3 * histogram_quantile(0.5, ${buckets})`,
    for: '15m',
    summary: 'Some calls to {{ $labels.server }} are much slower than usual',
    description: 'One in a hundred tool calls to {{ $labels.server }} takes {{ $value | humanizeDuration }} or longer, '
      + 'more than three times the median.',
  };
}

function discoveryFailures(namespace: string): AlertDefinition {
  const metric = METRIC.DISCOVERY_REQUESTS.name;
  const failures = `${DISCOVERY_OUTCOME.ERROR}|${DISCOVERY_OUTCOME.UNAVAILABLE}`;
  return {
    name: ALERT.DISCOVERY_FAILURES,
    severity: 'page',
    expr: `sum(rate(${metric}{namespace="${namespace}",outcome=~"${failures}"}[5m])) / sum(rate(${metric}{namespace="${namespace}"}[5m])) > 0.001`,
    for: '5m',
    summary: 'Discovery fails',
    description: '{{ $value | humanizePercentage }} of the discovery requests failed in the last 5 minutes: '
      + 'agents may not find their servers. The limit is 0.1%.',
  };
}

function goldenPathRegression(): AlertDefinition {
  const metric = METRIC.GOLDEN_PATH_RUNS.name;
  return {
    name: ALERT.GOLDEN_PATH_REGRESSION,
    severity: 'page',
    expr: `sum by (path) (rate(${metric}{outcome="success"}[30m])) / sum by (path) (rate(${metric}[30m])) < 0.95`,
    for: '5m',
    summary: 'The golden path {{ $labels.path }} fails',
    description: 'Only {{ $value | humanizePercentage }} of the runs of {{ $labels.path }} succeeded in the last 30 minutes.',
  };
}
