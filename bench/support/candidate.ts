import type { CallOptions, Format, Target } from './caller';
import type { Program } from './program';

/** Calls from many sessions at once. */
export interface Load {
  /** Gets ready to call so: everything that is connected has answered once. */
  begin(options: CallOptions): Promise<void>;
  /**
   * Calls until the time, which may be put off in between.
   *
   * @returns the latencies in milliseconds
   */
  callUntil(end: () => number): Promise<number[]>;
  /** Closes connections. Sessions stay open. */
  rest(): void;
}

/** Something that is measured, and runs. */
export interface Candidate {
  /** The program whose cost is told. */
  readonly program: Program;
  /** What stands between it and the servers. */
  readonly shim?: Program;
  /** Where it is called over HTTP. */
  readonly target?: Target;
  /** Opens sessions. */
  connect(sessions: number): Promise<Load>;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** So many will be opened. */
  readonly sessions: number;
  /** Processes of the server that are started ahead, where there is such a thing. */
  readonly spareProcesses?: number;
  /** Whether programs run on the first core only. */
  readonly pinned?: boolean;
}

/** Something that can be measured. */
export interface CandidateKind {
  readonly name: string;
  /** How it can answer. What has one format answers in that one whatever its caller accepts. */
  readonly formats: readonly Format[];
  /** Whether sessions have processes, and whether those can be started ahead. */
  readonly sessions: 'none' | 'cold' | 'ahead';
  start(options: StartOptions): Promise<Candidate>;
}
