// `npm run bench`: CPU per call of proxy and gateway beside bare node:http, in one run, on the same work.
import { Caller } from './support/load';
import { startBareServer, startGateway, startProxy, type Candidate } from './support/fleet';

const SESSIONS = 16;
const ROUND_MS = 4000;
/** The first rounds warm the programs up; the last one counts. */
const ROUNDS = 3;

interface Figures {
  readonly callsPerSecond: number;
  readonly cpuMicrosecondsPerCall: number;
  readonly p50: number;
  readonly p99: number;
  readonly residentMebibytes: number;
}

async function main(): Promise<void> {
  const bare = await startBareServer();
  const proxy = await startProxy(SESSIONS);
  const gateway = await startGateway(proxy);
  const candidates: Candidate[] = [bare, proxy, gateway];
  const callers = await Promise.all(candidates.map(({ target }) =>
    Promise.all(Array.from({ length: SESSIONS }, () => Caller.connect(target)))));
  const last = new Map<string, Figures>();
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [index, candidate] of candidates.entries()) {
      process.stderr.write(`round ${round} of ${ROUNDS}: ${candidate.name}\n`);
      last.set(candidate.name, await measure(candidate, callers[index]!));
    }
  }
  await Promise.all(callers.flat().map((caller) => caller.end()));
  await gateway.program.stop();
  await Promise.all([proxy.program.stop(), bare.program.stop(), gateway.stopIssuer()]);
  print(last);
}

async function measure({ program }: Candidate, callers: Caller[]): Promise<Figures> {
  const cpuBefore = program.cpuMicroseconds;
  const begun = performance.now();
  const latencies = (await Promise.all(callers.map((caller) => caller.callUntil(begun + ROUND_MS)))).flat();
  const elapsedSeconds = (performance.now() - begun) / 1000;
  latencies.sort((a, b) => a - b);
  return {
    callsPerSecond: latencies.length / elapsedSeconds,
    cpuMicrosecondsPerCall: (program.cpuMicroseconds - cpuBefore) / latencies.length,
    p50: latencies[Math.floor(latencies.length * 0.5)]!,
    p99: latencies[Math.floor(latencies.length * 0.99)]!,
    residentMebibytes: program.residentMebibytes,
  };
}

function print(results: Map<string, Figures>): void {
  const reference = results.values().next().value!.cpuMicrosecondsPerCall;
  process.stdout.write(`\n${SESSIONS} sessions, bodies of about 300 bytes, round ${ROUNDS} of ${ROUNDS}\n\n`
    + '| | CPU µs per call | × bare | calls/s | p50 ms | p99 ms | RSS MiB |\n| --- | --- | --- | --- | --- | --- | --- |\n');
  for (const [name, figures] of results) {
    const { cpuMicrosecondsPerCall: cpu, callsPerSecond, p50, p99, residentMebibytes } = figures;
    process.stdout.write(`| ${name} | ${cpu.toFixed(0)} | ${(cpu / reference).toFixed(2)} | ${callsPerSecond.toFixed(0)} `
      + `| ${p50.toFixed(2)} | ${p99.toFixed(2)} | ${residentMebibytes.toFixed(0)} |\n`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
