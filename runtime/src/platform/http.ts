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
 * @param onChunk hears how long each piece is that is held from now on
 * @throws BodyTooLarge as soon as more than `limitBytes` have come or are announced; the rest is read and dropped,
 * so that the client gets to see the answer.
 */
export function readBody(
  request: IncomingMessage, limitBytes: number, onChunk?: (length: number) => void,
): Promise<Buffer> {
  // Listeners, because an async iterator over a stream costs several times as much, and destroys the connection.
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      request.resume();
      reject(new BodyTooLarge(limitBytes));
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limitBytes) {
        chunks.push(chunk);
        onChunk?.(chunk.length);
      } else {
        chunks.length = 0;
        reject(new BodyTooLarge(limitBytes));
      }
    });
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.once('error', reject);
  });
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
