import type { IncomingHttpHeaders } from 'node:http';
import { HEADER } from '../../mcp/headers';
import type { UpstreamSession } from '../session/session-tokens';

/** What a server gets to see of a client's headers. Never the access token or cookies: they are not for it. */
const TO_SERVER = [
  'content-type', 'accept', HEADER.PROTOCOL_VERSION, HEADER.LAST_EVENT_ID, 'traceparent', 'tracestate',
];

/** What a client gets to see of a server's headers; the session id comes on top, sealed. */
const TO_CLIENT = ['content-type', 'cache-control', 'x-accel-buffering', 'allow'];

type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Headers for a server, as pairs in a flat list. */
export function headersToServer(
  client: IncomingHttpHeaders, session: Pick<UpstreamSession, 'id' | 'revision'> = {},
): string[] {
  const headers: string[] = [];
  for (const name of TO_SERVER) {
    const value = name === HEADER.PROTOCOL_VERSION ? session.revision ?? client[name] : client[name];
    if (typeof value === 'string') {
      headers.push(name, value);
    }
  }
  if (session.id !== undefined) {
    headers.push(HEADER.SESSION_ID, session.id);
  }
  return headers;
}

/** Headers for the client, of a server's answer. */
export function headersToClient(server: ResponseHeaders): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of TO_CLIENT) {
    const value = server[name];
    if (typeof value === 'string') {
      headers[name] = value;
    }
  }
  return headers;
}
