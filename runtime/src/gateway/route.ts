import {
  DISCOVER_PATH, MCP_PATH, PROTECTED_RESOURCE_PATH, SERVERS_PATH,
} from '../../../lib/contract/paths';

export type Route =
  | { readonly kind: 'fleet' | 'discover' }
  | { readonly kind: 'server'; readonly server: string }
  /** Public, and the same whether or not the described route's server exists. */
  | { readonly kind: 'metadata'; readonly describes: string };

const SERVER_ROUTE = new RegExp(`^${SERVERS_PATH}/([a-z0-9-]{1,63})${MCP_PATH}$`);

/** What a path leads to; undefined for all that the gateway does not serve. */
export function routeOf(path: string): Route | undefined {
  if (path === MCP_PATH) {
    return { kind: 'fleet' };
  }
  if (path === DISCOVER_PATH) {
    return { kind: 'discover' };
  }
  if (path.startsWith(PROTECTED_RESOURCE_PATH)) {
    return metadataRoute(path.slice(PROTECTED_RESOURCE_PATH.length) || MCP_PATH);
  }
  const server = SERVER_ROUTE.exec(path)?.[1];
  return server === undefined ? undefined : { kind: 'server', server };
}

function metadataRoute(describes: string): Route | undefined {
  const described = routeOf(describes);
  return described === undefined || described.kind === 'metadata' ? undefined : { kind: 'metadata', describes };
}
