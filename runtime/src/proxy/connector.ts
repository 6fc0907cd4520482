import type { Readable, Writable } from 'node:stream';

/** The byte streams of one server process that was started for one session. */
export interface Connection {
  /** Names the process in logs, such as `process 4711`. */
  readonly name: string;
  /** What the server reads: one JSON-RPC message a line (2025-11-25, Transports, stdio). */
  readonly input: Writable;
  /** What the server writes. May be the same stream as `input`. */
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

/** Hears what becomes of the place where the server's processes run. */
export interface ConnectorListener {
  /**
   * Processes can be started from now on.
   *
   * @param isAnew whether the place has begun anew: of processes that were started before nothing is left
   */
  onAvailable(isAnew: boolean): void;
  /**
   * No process can be started for now.
   *
   * @param reason such as `the server's container has stopped`
   */
  onUnavailable(reason: string): void;
  /** The place is going to end, and waits for `reportDrained`. */
  onDraining(): void;
}

/** A way to reach a server program: as a child process, through a socket, later through the Kubernetes API. */
export interface Connector {
  /** Begins to look after the place where processes run. Called once, before anything else. */
  listen(listener: ConnectorListener): void;
  /**
   * Starts a process of the server.
   *
   * @throws Error saying why it cannot be started.
   */
  open(): Promise<Connection>;
  /** Tells the place whether the server can serve: the probes of its container ask there. */
  reportReady(isReady: boolean): void;
  /** Tells the place that nothing in it is needed any more. */
  reportDrained(): void;
  /** Lets go of the place. No process is left by now. */
  stop(): void;
}
