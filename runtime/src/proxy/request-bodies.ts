import type { IncomingMessage } from 'node:http';
import { ERROR_CODE } from '../mcp/json-rpc';
import { readBody } from '../platform/http';
import { Refusal, RETRY_AFTER } from './refusal';
import { Timeouts } from './timeouts';

/** So many of the largest bodies may be on their way at once. Most are a thousand times smaller. */
const MOST_LARGEST = 8;

/** Reads the bodies of requests, bounded in size, in the time that each takes, and in what all hold together. */
export class RequestBodies {
  private readonly timeouts: Timeouts;
  private held = 0;

  /**
   * @param limit largest body, in bytes
   * @param senderMs how long a body may take to come
   */
  constructor(private readonly limit: number, private readonly senderMs: number) {
    this.timeouts = new Timeouts(senderMs);
  }

  /** @throws BodyTooLarge; Refusal when the body takes too long, or too much is on its way. */
  read(request: IncomingMessage): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let size = 0;
      let isOver = false;
      const onChunk = (length: number) => {
        if (isOver) {
          // It has been refused: its connection is about to be closed.
          return;
        }
        size += length;
        this.held += length;
        if (this.held > MOST_LARGEST * this.limit) {
          over();
          reject(tooMuch());
        }
      };
      const over = () => {
        isOver = true;
        this.held -= size;
        size = 0;
        this.timeouts.cancel(timeout);
      };
      const timeout = this.timeouts.start(() => {
        over();
        reject(this.tooSlow());
      });
      readBody(request, this.limit, onChunk).finally(over).then(resolve, reject);
    });
  }

  private tooSlow(): Refusal {
    return new Refusal(408, ERROR_CODE.TRANSPORT_ERROR, `The request has not come within ${this.senderMs / 1000} s`,
      { headers: { connection: 'close' } });
  }
}

function tooMuch(): Refusal {
  return new Refusal(503, ERROR_CODE.TRANSPORT_ERROR, 'Too much is being received at once',
    { headers: { 'connection': 'close', 'retry-after': RETRY_AFTER } });
}
