import { availableParallelism, cpus, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { CallOptions } from './caller';
import type { Candidate, CandidateKind, Load } from './candidate';
import { measure, warmUp } from './measure';
import type { Program } from './program';
import type { CallCost, Memory, Results, ShimCost } from './results';
import { measureSessionStart, type SessionStart } from './session-start';

const PAYLOADS = [300, 64 * 1024];
/** The first rounds warm the programs up; the last one counts. */
const ROUNDS = 3;
/** How much longer than it should the last round may take to be exact. */
const MOST_LONGER = 4;
const IDLE_MS = 5000;

/** How a session can start. */
const STARTS: Readonly<Record<CandidateKind['sessions'], readonly SessionStart['how'][]>> = {
  none: [], cold: ['cold'], ahead: ['cold', 'ahead'],
};

/** How much is measured. */
export interface Extent {
  readonly sessions: readonly number[];
  /** Of each round. */
  readonly seconds: number;
  /** So many ticks of the kernel's clock a program uses in the last round. */
  readonly ticks: number;
  /** Sessions that are started to measure how long that takes. */
  readonly starts: number;
}

interface Runner {
  readonly kind: CandidateKind;
  readonly candidate: Candidate;
  readonly load: Load;
}

export async function measureAll(kinds: readonly CandidateKind[], extent: Extent): Promise<Results> {
  const loadBefore = loadavg()[0]!;
  const calls: CallCost[] = [];
  const memory: Memory[] = [];
  const shims: ShimCost[] = [];
  for (const sessions of extent.sessions) {
    await measureSessions(kinds, sessions, extent, { calls, memory, shims });
  }
  return { machine: machine(), loadBefore, calls, memory, shims, starts: await measureStarts(kinds, extent.starts) };
}

/** All loads of one number of sessions, on the same programs and sessions. */
async function measureSessions(
  kinds: readonly CandidateKind[], sessions: number, extent: Extent,
  { calls, memory, shims }: { calls: CallCost[]; memory: Memory[]; shims: ShimCost[] },
): Promise<void> {
  const runners: Runner[] = [];
  const before: { none: number; open: number }[] = [];
  for (const kind of kinds) {
    say(`${sessions} sessions: starting ${kind.name}`);
    const candidate = await kind.start({ sessions });
    await candidate.program.untilQuiet();
    const none = candidate.program.residentMebibytes;
    const load = await candidate.connect(sessions);
    await load.begin({ bytes: PAYLOADS[0]!, format: kind.formats[0]!, isForced: isForced(kind, kind.formats[0]!) });
    load.rest();
    before.push({ none, open: candidate.program.residentMebibytes });
    runners.push({ kind, candidate, load });
  }
  for (const bytes of PAYLOADS) {
    calls.push(...await measureLoad(runners, { sessions, bytes, format: 'json' }, extent));
    calls.push(...await measureLoad(runners, { sessions, bytes, format: 'sse' }, extent));
  }
  for (const [index, { kind, candidate: { program, shim } }] of runners.entries()) {
    memory.push({ name: kind.name, sessions, ...before[index]!, used: program.residentMebibytes });
    if (shim !== undefined) {
      shims.push(await shimCost(shim, sessions));
    }
  }
  await Promise.all(runners.map(({ candidate }) => candidate.stop()));
}

/** What the shim does by itself. */
async function shimCost(shim: Program, sessions: number): Promise<ShimCost> {
  const [cpu, wakeUps, begun] = [shim.cpuMicroseconds, shim.wakeUps, performance.now()];
  await delay(IDLE_MS);
  const seconds = (performance.now() - begun) / 1000;
  return {
    sessions, residentMebibytes: shim.residentMebibytes,
    idleWakeUps: (shim.wakeUps - wakeUps) / seconds,
    idleCpuPercent: (shim.cpuMicroseconds - cpu) / seconds / 10_000,
  };
}

/** One load on all candidates that can take it, alternating. */
async function measureLoad(
  all: readonly Runner[], load: Pick<CallCost, 'sessions' | 'bytes' | 'format'>, extent: Extent,
): Promise<CallCost[]> {
  const { seconds, ticks } = extent;
  const measureOptions = { seconds, ticks, mostSeconds: MOST_LONGER * seconds };
  const runners = all.filter(({ kind }) => kind.formats.includes(load.format));
  const optionsFor = (kind: CandidateKind): CallOptions => ({ ...load, isForced: isForced(kind, load.format) });
  for (let round = 1; round < ROUNDS; round++) {
    for (const runner of runners) {
      say(`${load.sessions} sessions, ${load.bytes} bytes, ${load.format}, warm-up ${round}: ${runner.kind.name}`);
      await warmUp(runner.load, optionsFor(runner.kind), seconds);
    }
  }
  const costs: CallCost[] = [];
  for (const { kind, candidate, load: from } of runners) {
    const figures = await measure(candidate, from, optionsFor(kind), measureOptions);
    costs.push({ name: kind.name, ...load, ...figures });
    say(`${load.sessions} sessions, ${load.bytes} bytes, ${load.format}: ${kind.name}: `
      + `${figures.cpu.toFixed(1)} µs a call, ${figures.callsPerSecond.toFixed(0)} calls/s`);
  }
  return costs;
}

/** What has a choice between formats is made to take the other one by what is accepted. */
function isForced({ formats }: CandidateKind, format: CallOptions['format']): boolean {
  return format === 'sse' && formats.length > 1;
}

async function measureStarts(kinds: readonly CandidateKind[], sessions: number): Promise<SessionStart[]> {
  const starts: SessionStart[] = [];
  for (const kind of kinds) {
    for (const how of STARTS[kind.sessions]) {
      say(`start of sessions, ${how}: ${kind.name}`);
      starts.push(await measureSessionStart(kind, how, sessions));
    }
  }
  return starts;
}

function machine(): string {
  return `${availableParallelism()} cores (${cpus()[0]!.model.trim()}), Node ${process.version}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
