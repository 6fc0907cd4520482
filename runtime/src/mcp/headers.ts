/** HTTP headers of MCP's Streamable HTTP transport, in the lower case in which Node gives them. */
export const HEADER = {
  SESSION_ID: 'mcp-session-id',
  PROTOCOL_VERSION: 'mcp-protocol-version',
  LAST_EVENT_ID: 'last-event-id',
} as const;

export const JSON_TYPE = 'application/json';
export const SSE_TYPE = 'text/event-stream';

/** Whether an Accept header admits a media type; one that is missing admits everything (RFC 9110 section 12.5.1). */
export function accepts(header: string | undefined, type: string): boolean {
  const anySubtype = `${type.slice(0, type.indexOf('/'))}/*`;
  return (header ?? '*/*').split(',').some((range) => {
    const name = range.split(';', 1)[0]!.trim().toLowerCase();
    return name === type || name === anySubtype || name === '*/*';
  });
}
