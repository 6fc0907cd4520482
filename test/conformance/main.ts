// `npm run conformance`: the official conformance suite through our proxy, with every combination of client and server.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleFixtures } from '../fixtures/conformance/fixtures';
import { differences, readBaseline, type Baseline } from './baseline';
import { legId, legsOf, type Leg } from './legs';
import { progress, rowOf, table, type Row } from './report';
import { outcomeOf, reasonsOf, type Check } from './results';
import { runSuite } from './suite';
import { startTarget, type TargetOptions } from './targets';
import { installTools } from './tools';

const BUILD = join(import.meta.dirname, '..', '..', 'build');
const DIRECTORY = join(BUILD, 'conformance');
const BASELINE = join(import.meta.dirname, 'baseline.json');

/** The slowest that is known takes a minute. */
const LEG_MILLISECONDS = 300_000;

const HELP = `Usage: npm run conformance -- [--peers] [--only 'WORD WORD'] [--verbose]

  --peers    runs the suite against supergateway and mcp-proxy, too
  --only     runs only what has all of these words: path, revision of the client, server, isolation
  --verbose  prints what the suite prints
`;

interface Run extends TargetOptions {
  readonly verbose: boolean;
  readonly signal: AbortSignal;
}

/** @returns the exit status */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      peers: { type: 'boolean', default: false }, only: { type: 'string' },
      verbose: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const legs = legsOf(values);
  if (legs.length === 0) {
    throw new Error(`nothing has all these words: ${values.only!}`);
  }
  const signal = interruption();
  const tools = await installTools(join(DIRECTORY, 'tools'), { ...values, signal });
  const directory = mkdtempSync(join(DIRECTORY, 'run-'));
  try {
    const fixtures = await bundleFixtures(directory);
    const run: Run = { fixtures, tools, directory, verbose: values.verbose, signal };
    const { rows, wrong } = await runLegs(legs, readBaseline(BASELINE), run);
    process.stdout.write(`\n${table(rows)}\n${wrong.map((line) => `\n${line}\n`).join('')}`);
    if (values.only === undefined) {
      writeFileSync(join(BUILD, 'conformance.json'), `${JSON.stringify({ rows }, null, 2)}\n`);
    }
    return wrong.length > 0 ? 1 : 0;
  } finally {
    rmSync(directory, { recursive: true, maxRetries: 5 });
  }
}

async function runLegs(legs: readonly Leg[], baseline: Baseline, run: Run) {
  const rows: Row[] = [];
  const wrong: string[] = [];
  for (const [index, leg] of legs.entries()) {
    say(`[${index + 1}/${legs.length}] ${legId(leg)} …`);
    const { row, checks } = await runLeg(leg, run);
    run.signal.throwIfAborted();
    rows.push(row);
    const { worse, lines } = differences(leg, row, baseline);
    wrong.push(...lines);
    explain(run.verbose ? [...row.failed, ...row.warnings] : worse, checks);
  }
  return { rows, wrong };
}

interface LegResult {
  readonly row: Row;
  readonly checks: ReadonlyMap<string, readonly Check[]>;
}

async function runLeg(leg: Leg, run: Run): Promise<LegResult> {
  const started = performance.now();
  const signal = AbortSignal.any([run.signal, AbortSignal.timeout(LEG_MILLISECONDS)]);
  const checks = await checksOf(leg, run, signal);
  if (signal.aborted) {
    say(`  ended: ${String(signal.reason)}`);
  }
  const row = rowOf(leg, outcomeOf(checks, run.tools.scoredScenarios(leg.client)));
  say(`  ${progress(row, (performance.now() - started) / 1000)}`);
  return { row, checks };
}

/** A leg that cannot be run has no results, and its scenarios count as failed. */
async function checksOf(leg: Leg, run: Run, signal: AbortSignal): Promise<ReadonlyMap<string, readonly Check[]>> {
  try {
    const target = await startTarget(leg, run, signal);
    try {
      const onLine = (line: string) => run.verbose && say(`    ${line}`);
      const output = join(run.directory, legId(leg).replaceAll(' ', '_'));
      return await runSuite(run.tools, leg, target.port, output, { signal, onLine });
    } finally {
      await target.stop();
    }
  } catch (error) {
    say(`  not run: ${error instanceof Error ? error.message : String(error)}`);
    return new Map();
  }
}

/** Tells why scenarios failed or warned; of a leg that did not run, that is known already. */
function explain(scenarios: readonly string[], checks: LegResult['checks']): void {
  for (const scenario of checks.size > 0 ? scenarios : []) {
    say([`  ${scenario}`, ...reasonsOf(checks.get(scenario))].join('\n    '));
  }
}

/** Aborted when somebody wants the run to end. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort(new Error(`ended by ${signal}`)));
  }
  return controller.signal;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

main().then((status) => {
  process.exitCode = status;
}, (error: unknown) => {
  say(`conformance: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
