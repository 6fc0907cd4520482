import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const END_OF_HEAD = '\r\n\r\n';
const END_OF_LINE = '\r\n';

/** One answer, its body whole. */
export interface Answer {
  readonly status: number;
  /** As it came, with the first line. */
  readonly head: string;
  readonly body: Buffer;
}

/**
 * One connection of HTTP/1.1 that does as little as a client can, so that it is not the load that limits what is
 * measured: a request at a time, and of the answer's head only what says where its body ends.
 */
export class HttpConnection {
  static async open({ hostname, port }: URL): Promise<HttpConnection> {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new HttpConnection(socket);
  }

  private received: Buffer[] = [];
  private waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the connection was closed before the answer')));
  }

  /** @param body parts, written as one */
  request(head: string, body: readonly (string | Buffer)[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.cork();
      this.socket.write(head, 'latin1');
      for (const part of body) {
        this.socket.write(part);
      }
      this.socket.uncork();
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.received.push(chunk);
    const bytes = this.received.length === 1 ? chunk : Buffer.concat(this.received);
    this.received = [bytes];
    const answer = parseAnswer(bytes);
    if (answer !== undefined) {
      this.received = [];
      this.waiting?.resolve(answer);
      this.waiting = undefined;
    }
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}

/** @returns undefined while something of it has not come */
function parseAnswer(bytes: Buffer): Answer | undefined {
  const endOfHead = bytes.indexOf(END_OF_HEAD);
  if (endOfHead < 0) {
    return undefined;
  }
  const head = bytes.toString('latin1', 0, endOfHead);
  const body = bodyOf(head, bytes.subarray(endOfHead + END_OF_HEAD.length));
  return body && { status: Number(head.slice(9, 12)), head, body };
}

function bodyOf(head: string, bytes: Buffer): Buffer | undefined {
  const length = headerOf(head, 'content-length');
  if (length === undefined) {
    return headerOf(head, 'transfer-encoding') === 'chunked' ? joinChunks(bytes) : Buffer.alloc(0);
  }
  return bytes.length < Number(length) ? undefined : bytes;
}

function joinChunks(bytes: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  let position = 0;
  for (;;) {
    const endOfSize = bytes.indexOf(END_OF_LINE, position);
    const size = parseInt(bytes.toString('latin1', position, endOfSize), 16);
    const begin = endOfSize + END_OF_LINE.length;
    if (endOfSize < 0 || begin + size + END_OF_LINE.length > bytes.length) {
      return undefined;
    }
    if (size === 0) {
      return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    }
    chunks.push(bytes.subarray(begin, begin + size));
    position = begin + size + END_OF_LINE.length;
  }
}

/** A header of an answer, undefined if it is not there. */
export function headerOf(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*?) *$`, 'im').exec(head)?.[1];
}
