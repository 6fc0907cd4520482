import type { Format } from './caller';
import type { Figures } from './measure';
import type { SessionStart } from './session-start';

/** What calls cost one candidate. */
export interface CallCost extends Figures {
  readonly name: string;
  readonly sessions: number;
  readonly bytes: number;
  readonly format: Format;
}

/** Mebibytes that a candidate's own process has resident. */
export interface Memory {
  readonly name: string;
  readonly sessions: number;
  /** Before the first session. */
  readonly none: number;
  /** With all sessions open, each having answered once. */
  readonly open: number;
  /** After all loads. */
  readonly used: number;
}

/** What the shim takes with so many sessions. */
export interface ShimCost {
  readonly sessions: number;
  readonly residentMebibytes: number;
  /** While no session does anything. */
  readonly idleWakeUps: number;
  readonly idleCpuPercent: number;
}

/** The load of a candidate that had the most calls. */
export function busiestOf(calls: readonly CallCost[], name: string, sessions: number): CallCost | undefined {
  return calls.filter((one) => one.name === name && one.sessions === sessions)
    .sort((a, b) => b.callsPerSecond - a.callsPerSecond)[0];
}

export interface Results {
  readonly machine: string;
  /** Load of the machine, without ours, before the run: what else ran makes figures worse. */
  readonly loadBefore: number;
  readonly calls: readonly CallCost[];
  readonly memory: readonly Memory[];
  readonly shims: readonly ShimCost[];
  readonly starts: readonly SessionStart[];
}
