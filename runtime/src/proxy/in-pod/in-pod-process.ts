import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Connection } from '../connector';
import { settlesWithin } from '../timing';

/** The shim takes as many steps as we do, each after its own time; after this it is taken for hung, in graces. */
const MOST_GRACES = 4;

/** One process that the shim has started: its socket is the server's stdin and stdout. */
export class InPodProcess implements Connection {
  readonly name: string;
  readonly closed: Promise<string>;
  private closing: Promise<void> | undefined;
  private giveUp: (how: string) => void = () => undefined;

  /** @param ended resolves to how the process has ended */
  constructor(private readonly socket: Socket, number: number, ended: Promise<string>) {
    this.name = `process ${number}`;
    const gone = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    // A process that has ended says nothing more: ours is the last half that is open.
    socket.once('end', () => socket.end());
    this.closed = new Promise((resolve) => {
      this.giveUp = resolve;
      void gone.then(() => ended).then(resolve);
    });
    void ended.then(() => {
      if (socket.listenerCount('data') === 0) {
        // Nobody is going to read what it has left.
        socket.destroy();
      }
    });
  }

  get input(): Writable {
    return this.socket;
  }

  get output(): Readable {
    return this.socket;
  }

  close(graceMs: number): Promise<void> {
    this.closing ??= this.end(graceMs);
    return this.closing;
  }

  /** Closes the server's input. The signals that may have to follow are the shim's (runtime/shim/README.md). */
  private async end(graceMs: number): Promise<void> {
    // Nobody reads any more what it still writes; a full socket must not keep it from ending.
    this.socket.resume();
    this.socket.end();
    if (!await settlesWithin(this.closed, MOST_GRACES * graceMs)) {
      this.socket.destroy();
      this.giveUp('unknown: the shim does not say');
    }
  }
}
