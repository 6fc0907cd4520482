import { ERROR_CODE, errorResponse, type JsonRpcMessage } from '../mcp/json-rpc';

/*
 * By default roots are not passed on. Servers such as server-filesystem replace the directories that they were
 * configured with by those that the client names: that would be a grant of file access to whoever calls.
 */

/** The text of a message; if it is `initialize`, without the client's offer of roots. */
export function initializeWithoutRoots(message: JsonRpcMessage, text: string): string {
  if (!('method' in message) || message.method !== 'initialize') {
    return text;
  }
  const { params, ...request } = message;
  const capabilities = params?.capabilities;
  return typeof capabilities === 'object' && capabilities !== null && 'roots' in capabilities
    ? JSON.stringify({ ...request, params: { ...params, capabilities: { ...capabilities, roots: undefined } } })
    : text;
}

/** Whether the client says that its roots have changed, which would make the server ask for them. */
export function tellsOfRoots(message: JsonRpcMessage): boolean {
  return 'method' in message && message.method === 'notifications/roots/list_changed';
}

/** The answer to a server that asks for the client's roots all the same, or undefined for anything else. */
export function refusalOfRoots(message: JsonRpcMessage): string | undefined {
  return 'method' in message && message.method === 'roots/list' && 'id' in message
    ? JSON.stringify(errorResponse(message.id, ERROR_CODE.METHOD_NOT_FOUND, 'The client offers no roots'))
    : undefined;
}
