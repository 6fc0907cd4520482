import { write } from 'node:fs';
import { Writable } from 'node:stream';

/** A reader that is behind frees a pipe within milliseconds. */
const FULL_PIPE_RETRY_MS = 10;

/** A full disk or a reader that is gone takes somebody to mend it. */
const FAILURE_RETRY_MS = 1000;

/**
 * Writes to a file descriptor and never gives up: a pipe may be full (EAGAIN) or a disk, and what has been
 * accepted is written when that is over. `process.stdout` blocks on pipes, and streams of files end with
 * the first error.
 */
export class DescriptorStream extends Writable {
  private failing = false;

  /** @param onFailure told once of each row of failures; a full pipe is none */
  constructor(private readonly descriptor: number, private readonly onFailure: (error: Error) => void) {
    super();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    write(this.descriptor, chunk, (error, written) => {
      if (error !== null) {
        setTimeout(() => this._write(chunk, _encoding, done), this.pauseAfter(error));
      } else if (written < chunk.length) {
        this._write(chunk.subarray(written), _encoding, done);
      } else {
        this.failing = false;
        done();
      }
    });
  }

  private pauseAfter(error: NodeJS.ErrnoException): number {
    if (error.code === 'EAGAIN') {
      return FULL_PIPE_RETRY_MS;
    }
    if (!this.failing) {
      this.failing = true;
      this.onFailure(error);
    }
    return FAILURE_RETRY_MS;
  }
}
