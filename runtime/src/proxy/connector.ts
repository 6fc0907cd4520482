import type { Readable, Writable } from 'node:stream';

/** The byte streams of one server process that was started for one session. */
export interface Connection {
  /** Names the process in logs, such as `process 4711`. */
  readonly name: string;
  /** What the server reads: one JSON-RPC message a line (2025-11-25, Transports, stdio). */
  readonly input: Writable;
  /** What the server writes. */
  readonly output: Readable;
  /**
   * Resolves once the process has ended and all it wrote has been read, to how it ended:
   * `exit code 1`, `signal SIGKILL`. Never rejects.
   */
  readonly closed: Promise<string>;
  /**
   * Ends the process: politely first, by force in the end. Resolves when it is gone.
   *
   * @param graceMs how long each polite step may take
   */
  close(graceMs: number): Promise<void>;
}

/** A way to reach a server program: as a child process now; through a socket or the Kubernetes API later. */
export interface Connector {
  /**
   * Starts a process of the server.
   *
   * @throws Error saying why it cannot be started.
   */
  open(): Promise<Connection>;
}
