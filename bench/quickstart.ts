// `npm run bench:quickstart`: what it takes to synthesize the quickstart, and to its first answered call.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalFleet } from '../examples/quickstart/tour/local-fleet';
import { connectAlice } from '../examples/quickstart/tour/users';

const RUNS = 5;
const EXAMPLE = join(import.meta.dirname, '..', 'examples', 'quickstart');

interface Synthesis {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMebibytes: number;
}

function synthesize(outdir: string): Synthesis {
  const begun = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [
    '--import', 'tsx', '--import', join(import.meta.dirname, 'support', 'report-usage.mjs'), 'main.ts',
  ], { cwd: EXAMPLE, env: { ...process.env, CDK8S_OUTDIR: outdir }, encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(stderr);
  }
  const usage = JSON.parse(stderr) as Omit<Synthesis, 'wallSeconds'>;
  return { wallSeconds: (performance.now() - begun) / 1000, ...usage };
}

/** From the start of `up` to the answer of a tool, a token and a session included. */
async function secondsToFirstCall(manifests: string): Promise<number> {
  const begun = performance.now();
  const fleet = await LocalFleet.start(manifests, () => undefined);
  try {
    const token = fleet.token({ user: 'alice', groups: ['engineering'] });
    const alice = await connectAlice(new URL('/servers/everything/mcp', fleet.description.url), token);
    await alice.call('echo', { message: 'first' });
    const seconds = (performance.now() - begun) / 1000;
    await alice.close();
    return seconds;
  } finally {
    await fleet.stop();
  }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function main(): Promise<void> {
  const outdir = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-bench-'));
  try {
    const syntheses = Array.from({ length: RUNS }, () => synthesize(outdir));
    const firstCalls: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      firstCalls.push(await secondsToFirstCall(outdir));
    }
    const of = (figure: keyof Synthesis) => median(syntheses.map((synthesis) => synthesis[figure]));
    process.stdout.write(`median of ${RUNS} runs\n\n| | |\n| --- | --- |\n`
      + `| synthesis, wall time | ${of('wallSeconds').toFixed(2)} s |\n`
      + `| synthesis, CPU time | ${of('cpuSeconds').toFixed(2)} s |\n`
      + `| synthesis, peak memory | ${of('peakMebibytes').toFixed(0)} MiB |\n`
      + `| start of \`up\` to first answered call | ${median(firstCalls).toFixed(2)} s |\n`);
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
