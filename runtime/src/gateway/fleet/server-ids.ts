import { replaceJsonValue } from '../../mcp/json-members';

/**
 * Ids that servers chose, for a client that sees all of them as one: each server counts its requests for itself,
 * so their name has to be in the id. Server names hold no colon.
 */
function fleetId(server: string, id: unknown): string {
  return `${server}:${JSON.stringify(id)}`;
}

/** The server that an id leads to, and its own id there as JSON. Undefined when it is no id of a server's. */
export function parseFleetId(id: unknown): { readonly server: string; readonly ownId: string } | undefined {
  const match = typeof id === 'string' ? /^([^:]+):(.+)$/s.exec(id) : null;
  return match !== null && isJsonRpcId(match[2]!) ? { server: match[1]!, ownId: match[2]! } : undefined;
}

function isJsonRpcId(json: string): boolean {
  try {
    return ['string', 'number'].includes(typeof JSON.parse(json));
  } catch {
    return false;
  }
}

interface ServerMessage {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: { readonly requestId?: unknown; readonly _meta?: { readonly progressToken?: unknown } };
}

/**
 * A message of a server, with ids that lead back to it: of the requests that it makes, of the progress that it wants
 * to hear of, and of requests that it takes back. All else, responses above all, is unchanged.
 */
export function withFleetIds(server: string, text: string): string {
  if (!text.includes('"method"')) {
    return text;
  }
  const message = JSON.parse(text) as ServerMessage;
  const replace = (json: string, path: string[], id: unknown) =>
    id === undefined ? json : replaceJsonValue(json, path, JSON.stringify(fleetId(server, id)));
  if (message.method === 'notifications/cancelled') {
    return replace(text, ['params', 'requestId'], message.params?.requestId);
  }
  if (message.method === undefined || message.id === undefined) {
    return text;
  }
  return replace(
    replace(text, ['id'], message.id), ['params', '_meta', 'progressToken'], message.params?._meta?.progressToken);
}
