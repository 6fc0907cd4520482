import type { Candidate, Load } from './candidate';
import type { CallOptions } from './caller';
import { cpuMicroseconds, MICROSECONDS_PER_TICK } from './process-figures';

/** How often it is looked whether enough CPU time has been used. */
const POLL_MS = 100;

export interface Figures {
  readonly calls: number;
  readonly callsPerSecond: number;
  /** Of the kernel's clock, that the program has used. */
  readonly ticks: number;
  /** Microseconds of CPU a call: the program itself, the shim and the servers. */
  readonly cpu: number;
  readonly shimCpu: number;
  readonly serversCpu: number;
  /** How often the shim has been woken in a second. */
  readonly shimWakeUps: number;
  readonly p50: number;
  readonly p99: number;
  readonly residentMebibytes: number;
}

export interface MeasureOptions {
  readonly seconds: number;
  /** So many ticks of the kernel's clock the program uses, unless that takes more than `mostSeconds`. */
  readonly ticks: number;
  readonly mostSeconds: number;
}

/** Calls without measuring, so that what is compiled on the way is. */
export async function warmUp(load: Load, options: CallOptions, seconds: number): Promise<void> {
  await load.begin(options);
  const end = performance.now() + seconds * 1000;
  await load.callUntil(() => end);
  load.rest();
}

/** What calls cost. Processes that have been started for the load are moved away from the program first. */
export async function measure(
  { program, shim }: Candidate, load: Load, call: CallOptions, { seconds, ticks, mostSeconds }: MeasureOptions,
): Promise<Figures> {
  await load.begin(call);
  (shim ?? program).moveDescendants();
  const servers = (shim ?? program).descendants;
  const readCpu = () => ({
    program: program.cpuMicroseconds,
    shim: shim?.cpuMicroseconds ?? 0,
    servers: servers.reduce((sum, pid) => sum + cpuMicroseconds(pid), 0),
  });
  const wakeUpsBefore = shim?.wakeUps ?? 0;
  const before = readCpu();
  const begun = performance.now();
  let end = begun + seconds * 1000;
  const last = begun + mostSeconds * 1000;
  const extension = setInterval(() => {
    const missing = ticks - (program.cpuMicroseconds - before.program) / MICROSECONDS_PER_TICK;
    if (missing > 0 && performance.now() + 2 * POLL_MS > end) {
      end = Math.min(end + 2 * POLL_MS, last);
    }
  }, POLL_MS);
  const latencies = await load.callUntil(() => end).finally(() => clearInterval(extension));
  const elapsedSeconds = (performance.now() - begun) / 1000;
  const after = readCpu();
  const wakeUps = (shim?.wakeUps ?? 0) - wakeUpsBefore;
  load.rest();
  const perCall = (part: keyof typeof before) => (after[part] - before[part]) / latencies.length;
  latencies.sort((a, b) => a - b);
  return {
    calls: latencies.length,
    callsPerSecond: latencies.length / elapsedSeconds,
    ticks: (after.program - before.program) / MICROSECONDS_PER_TICK,
    cpu: perCall('program'), shimCpu: perCall('shim'), serversCpu: perCall('servers'),
    shimWakeUps: wakeUps / elapsedSeconds,
    p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99),
    residentMebibytes: program.residentMebibytes,
  };
}

/** @param sorted in ascending order */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
