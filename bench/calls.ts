// `npm run bench`: CPU per call of proxy and gateway beside bare node:http, in one run, on the same work.
import type { Candidate, Load } from './support/candidate';
import type { CallOptions } from './support/caller';
import { startGateway } from './support/gateway';
import { measure, warmUp, type Figures } from './support/measure';
import { startProxyWithChildren } from './support/our-proxy';
import { Program, stopProgramsOnSignal } from './support/program';
import { startBareServer } from './support/references';

const SESSIONS = 16;
const CALL: CallOptions = { bytes: 300, format: 'json', isForced: false };
const SECONDS = 4;
/** The first rounds warm the programs up; the last one counts. */
const ROUNDS = 3;

interface Row {
  readonly name: string;
  readonly candidate: Candidate;
  readonly load: Load;
}

async function main(): Promise<void> {
  const bare = await startBareServer({ sessions: SESSIONS });
  // The gateway's sessions and those that are the proxy's alone.
  const proxy = await startProxyWithChildren({ sessions: 2 * SESSIONS });
  const gateway = await startGateway(proxy);
  const rows: Row[] = [];
  for (const [name, candidate] of Object.entries({ 'bare node:http': bare, proxy, 'gateway (in front of proxy)': gateway })) {
    rows.push({ name, candidate, load: await candidate.connect(SESSIONS) });
  }
  const last = new Map<string, Figures>();
  for (let round = 1; round <= ROUNDS; round++) {
    for (const { name, candidate, load } of rows) {
      process.stderr.write(`round ${round} of ${ROUNDS}: ${name}\n`);
      if (round < ROUNDS) {
        await warmUp(load, CALL, SECONDS);
      } else {
        proxy.program.moveDescendants();
        last.set(name, await measure(candidate, load, CALL, { seconds: SECONDS, ticks: 0, mostSeconds: SECONDS }));
      }
    }
  }
  await gateway.stop();
  await Promise.all([proxy.stop(), bare.stop()]);
  print(last);
}

function print(results: Map<string, Figures>): void {
  const reference = results.values().next().value!.cpu;
  process.stdout.write(`\n${SESSIONS} sessions, bodies of ${CALL.bytes} bytes, round ${ROUNDS} of ${ROUNDS}\n\n`
    + '| | CPU µs per call | × bare | calls/s | p50 ms | p99 ms | RSS MiB |\n| --- | --- | --- | --- | --- | --- | --- |\n');
  for (const [name, { cpu, callsPerSecond, p50, p99, residentMebibytes }] of results) {
    process.stdout.write(`| ${name} | ${cpu.toFixed(0)} | ${(cpu / reference).toFixed(2)} | ${callsPerSecond.toFixed(0)} `
      + `| ${p50.toFixed(2)} | ${p99.toFixed(2)} | ${residentMebibytes.toFixed(0)} |\n`);
  }
}

stopProgramsOnSignal();
main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}).finally(() => Program.stopAll());
