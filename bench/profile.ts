// `node --import tsx bench/profile.ts`: where the proxy spends its CPU time under the load of the benchmark. What runs
// is what has been bundled (`npm run bundle`).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CallOptions } from './support/caller';
import { selfTimes } from './support/cpu-profile';
import { warmUp } from './support/measure';
import { startProxyWithChildren, startProxyWithShim } from './support/our-proxy';
import { Program, stopProgramsOnSignal } from './support/program';
import { temporaryDirectory } from './support/temporary';

const WARM_UP_SECONDS = 4;
const SAMPLE_MICROSECONDS = 200;
const ROWS = 40;

interface Run {
  readonly sessions: number;
  readonly seconds: number;
  readonly isInPod: boolean;
  readonly call: CallOptions;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sessions: { type: 'string', default: '16' }, bytes: { type: 'string', default: '300' },
      sse: { type: 'boolean', default: false }, seconds: { type: 'string', default: '6' },
      'in-pod': { type: 'boolean', default: false },
    },
  });
  const call: CallOptions = {
    bytes: Number(values.bytes), format: values.sse ? 'sse' : 'json', isForced: values.sse,
  };
  const run: Run = {
    sessions: Number(values.sessions), seconds: Number(values.seconds), isInPod: values['in-pod'], call,
  };
  const directory = temporaryDirectory();
  const { calls, begun, cpuMicroseconds } = await runProfiled(directory, run);
  const file = readdirSync(directory).find((name) => name.endsWith('.cpuprofile'))!;
  process.stdout.write(`${run.sessions} sessions, ${call.bytes} bytes, ${call.format}: `
    + `${(calls / run.seconds).toFixed(0)} calls/s, ${(cpuMicroseconds / calls).toFixed(1)} µs of CPU a call, `
    + `profiling included\n\n${table(selfTimes(join(directory, file), begun, begun + run.seconds * 1e6), calls)}`);
}

async function runProfiled(directory: string, { sessions, seconds, isInPod, call }: Run) {
  const candidate = await (isInPod ? startProxyWithShim : startProxyWithChildren)({
    sessions,
    nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-interval=${SAMPLE_MICROSECONDS}`],
  });
  const { program, shim } = candidate;
  const load = await candidate.connect(sessions);
  (shim ?? program).moveDescendants();
  await warmUp(load, call, WARM_UP_SECONDS);
  await load.begin(call);
  const begun = Number(process.hrtime.bigint() / 1000n);
  const cpuBefore = program.cpuMicroseconds;
  const end = performance.now() + seconds * 1000;
  const calls = (await load.callUntil(() => end)).length;
  const cpuMicroseconds = program.cpuMicroseconds - cpuBefore;
  load.rest();
  await candidate.stop();
  return { calls, begun, cpuMicroseconds };
}

function table(times: ReadonlyMap<string, number>, calls: number): string {
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times].sort(([, a], [, b]) => b - a).slice(0, ROWS).map(([place, time]) =>
    `${(time / calls).toFixed(2).padStart(7)} µs a call ${(100 * time / total).toFixed(1).padStart(5)} %  ${place}\n`).join('');
}

stopProgramsOnSignal();
main().catch((error: unknown) => {
  process.stderr.write(`profile: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}).finally(() => Program.stopAll());
