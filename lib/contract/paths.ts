/** The MCP endpoint of a server, and of the gateway for the whole fleet as one server. */
export const MCP_PATH = '/mcp';

/** Prefix of the gateway's per-server routes: `/servers/NAME/mcp`. */
export const SERVERS_PATH = '/servers';

/** What exists, by the caller's identity and permission. On the gateway and on the registry. */
export const DISCOVER_PATH = '/discover';

/** OAuth 2.0 Protected Resource Metadata (RFC 9728 section 3); a route's own path is appended to it. */
export const PROTECTED_RESOURCE_PATH = '/.well-known/oauth-protected-resource';

/** Alive: the program itself runs. Says nothing about what is behind it. */
export const HEALTH_PATH = '/health';

/** Can serve. */
export const READY_PATH = '/health/ready';

/** Prometheus or OpenMetrics, by the Accept header. */
export const METRICS_PATH = '/metrics';

/** Separates server and tool in the names of the fleet's single endpoint: `files__read_text_file`. */
export const TOOL_NAME_SEPARATOR = '__';

/** The path of one server's route on the gateway. */
export function serverRoute(server: string): string {
  return `${SERVERS_PATH}/${server}${MCP_PATH}`;
}
