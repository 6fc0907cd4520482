import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request's body was larger than allowed. */
export class BodyTooLarge extends Error {
  constructor(readonly limitBytes: number) {
    super(`request body is larger than ${limitBytes} bytes`);
  }
}

/**
 * Reads a request's whole body.
 *
 * @throws BodyTooLarge as soon as more than `limitBytes` have come, without reading the rest.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
    throw new BodyTooLarge(limitBytes);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) {
      throw new BodyTooLarge(limitBytes);
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Sends a complete response with one write. */
export function send(
  response: ServerResponse, status: number, contentType: string, body: string | Buffer,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    ...headers,
  }).end(body);
}

export function sendJson(
  response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {},
): void {
  send(response, status, 'application/json', JSON.stringify(body), headers);
}

/** The path of a request's target, without its query. */
export function pathOf(request: IncomingMessage): string {
  const target = request.url ?? '/';
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}
