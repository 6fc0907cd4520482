/** Names of the alerts: rules, runbooks and dashboards refer to them. */
export const ALERT = {
  HIGH_ERROR_RATE: 'MCPHighErrorRate',
  LATENCY_DEGRADATION: 'MCPLatencyDegradation',
  DISCOVERY_FAILURES: 'MCPDiscoveryFailures',
  GOLDEN_PATH_REGRESSION: 'MCPGoldenPathRegression',
} as const;
