/** What a result says of servers that the caller may see but that do not answer now. */
export function unavailableMeta(servers: readonly string[]): object {
  return servers.length === 0 ? {} : { _meta: { 'cdk8s-mcp.dev/unavailable': servers } };
}
