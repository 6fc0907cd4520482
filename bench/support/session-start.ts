import { Caller, type CallOptions } from './caller';
import type { CandidateKind } from './candidate';
import { percentile } from './measure';

const OPEN_CALLS = 20;
/** Sessions that are not counted: what all others need is compiled. */
const FIRST_SESSIONS = 5;
/** One that is taken, and one that is there already when the next session comes. */
const SPARE_PROCESSES = 2;

export interface SessionStart {
  readonly name: string;
  readonly how: 'cold' | 'ahead';
  /** Milliseconds from `initialize` until the first call is answered: median and worst. */
  readonly median: number;
  readonly worst: number;
  /** Median of calls in those sessions afterwards. */
  readonly openCall: number;
}

/**
 * What it takes to start a session. Programs are not pinned: what a start is made of may run where there is room, as
 * in life.
 */
export async function measureSessionStart(
  kind: CandidateKind, how: SessionStart['how'], sessions: number,
): Promise<SessionStart> {
  const candidate = await kind.start({
    sessions: FIRST_SESSIONS + sessions, spareProcesses: how === 'ahead' ? SPARE_PROCESSES : 0, pinned: false,
  });
  const call: CallOptions = { bytes: 300, format: kind.formats[0]!, isForced: false };
  const starts: number[] = [];
  const openCalls: number[] = [];
  try {
    for (let session = 0; session < FIRST_SESSIONS + sessions; session++) {
      await Promise.all([candidate.program.untilQuiet(), candidate.shim?.untilQuiet()]);
      const { caller, ms } = await Caller.start(candidate.target!, call);
      const calls = await caller.callTimes(OPEN_CALLS);
      caller.rest();
      if (session >= FIRST_SESSIONS) {
        starts.push(ms);
        openCalls.push(...calls);
      }
    }
  } finally {
    await candidate.stop();
  }
  starts.sort((a, b) => a - b);
  openCalls.sort((a, b) => a - b);
  return {
    name: kind.name, how, median: percentile(starts, 0.5), worst: starts.at(-1)!, openCall: percentile(openCalls, 0.5),
  };
}
