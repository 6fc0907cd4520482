/** MCP endpoint of a server pod, of the registry, and of a gateway behind which TLS has already ended. */
export const MCP_PORT = 8080;

/** The gateway's public port, where it ends TLS itself. */
export const GATEWAY_TLS_PORT = 8443;

/**
 * Health and metrics of every program of ours. A port of its own, so that a NetworkPolicy
 * can let Prometheus in without letting it call tools.
 */
export const ADMIN_PORT = 9090;
