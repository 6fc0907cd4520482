export type MetricType = 'counter' | 'gauge' | 'histogram';

/** One metric of the fleet: what programs emit and rules, dashboards and autoscalers read. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labels: readonly string[];
}

function metric<T extends MetricType>(
  type: T, name: string, help: string, ...labels: string[]
): MetricDefinition & { readonly type: T } {
  return { type, name, help, labels };
}

/** Every metric that a program of ours emits. A name that is not here does not exist. */
export const METRIC = {
  TOOL_REQUESTS: metric('counter', 'mcp_tool_requests_total', 'Tool calls received.', 'server', 'tool'),
  TOOL_ERRORS: metric('counter', 'mcp_tool_errors_total',
    'Tool calls that failed: tool_error for isError, else the JSON-RPC code or timeout, unavailable, denied.',
    'server', 'tool', 'error_type'),
  OPERATION_DURATION: metric('histogram', 'mcp_server_operation_duration_seconds',
    'Time from a request\'s arrival to its last byte.', 'server', 'mcp_method_name'),
  SESSIONS_ACTIVE: metric('gauge', 'mcp_sessions_active', 'Sessions open now.', 'server'),
  SESSION_DURATION: metric('histogram', 'mcp_server_session_duration_seconds', 'Lifetime of ended sessions.', 'server'),
  SERVER_PROCESSES: metric('gauge', 'mcp_server_processes', 'Server processes by state.', 'server', 'state'),
  DISCOVERY_REQUESTS: metric('counter', 'mcp_discovery_requests_total', 'Discovery requests.', 'outcome'),
  REGISTRY_SERVERS: metric('gauge', 'mcp_registry_servers', 'Servers known to the registry.', 'state'),
  GATEWAY_AUTH: metric('counter', 'mcp_gateway_auth_total', 'Authentications.', 'outcome'),
  GATEWAY_DECISIONS: metric('counter', 'mcp_gateway_decisions_total', 'Policy decisions on requests.', 'action', 'outcome'),
  GATEWAY_ROUTING_DURATION: metric('histogram', 'mcp_gateway_routing_duration_seconds',
    'The gateway\'s own share of a request.'),
  UPSTREAM_CONNECTIONS: metric('gauge', 'mcp_upstream_connections', 'Connections to servers.', 'server', 'state'),
  GOLDEN_PATH_RUNS: metric('counter', 'mcp_golden_path_runs_total', 'Runs of synthetic golden paths.', 'path', 'outcome'),
} as const satisfies Record<string, MetricDefinition>;

/**
 * Values of the label `outcome` of METRIC.DISCOVERY_REQUESTS. `refused` is the proper answer to a client without the
 * right. Failures of the fleet are `unavailable` (the issuer or the registry is away) and `error`.
 */
export const DISCOVERY_OUTCOME = { OK: 'ok', REFUSED: 'refused', UNAVAILABLE: 'unavailable', ERROR: 'error' } as const;

export type DiscoveryOutcome = (typeof DISCOVERY_OUTCOME)[keyof typeof DISCOVERY_OUTCOME];

/** Derived from METRIC.TOOL_REQUESTS by prometheus-adapter; programs never emit rates. */
export const TOOL_REQUESTS_PER_SECOND = 'mcp_tool_requests_per_second';

/**
 * Upper bounds in seconds. OpenTelemetry's advice for MCP, with finer steps below 10 ms:
 * without them p99 > 3 × p50 would be interpolation noise for a fast server.
 */
export const DURATION_BUCKETS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300,
];
