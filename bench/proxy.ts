// `npm run bench:proxy`: what the proxy costs beside the least that is possible, and beside what people use today.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installPackages } from '../test/support/npm-packages';
import { PEER_VERSIONS } from '../test/support/peers';
import type { CandidateKind } from './support/candidate';
import { BUILD, SHIM, TOOLS } from './support/files';
import { IN_POD, KINDS } from './support/kinds';
import { Program, stopProgramsOnSignal } from './support/program';
import { reportOf } from './support/report';
import { measureAll, type Extent } from './support/stages';

const WHOLE: Extent = { sessions: [1, 16, 64], seconds: 2, ticks: 200, starts: 10 };
/** To see whether something has changed much; what it says of less than a tenth is chance. */
const QUICK: Extent = { sessions: [1, 16], seconds: 0.3, ticks: 30, starts: 3 };

const HELP = `Usage: npm run bench:proxy -- [--quick] [--seconds N] [--only 'WORD WORD']

  --quick    less exact, 1 and 16 sessions only, in two minutes
  --seconds  how long each round takes at least (${WHOLE.seconds})
  --only     measures only bare node:http and what has one of these words in its name:
             ${KINDS.map(({ name }) => name).join(', ')}
`;

async function main(signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false }, seconds: { type: 'string' }, only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const extent = values.quick ? QUICK : WHOLE;
  const seconds = values.seconds === undefined ? extent.seconds : Number(values.seconds);
  if (!(seconds > 0)) {
    throw new Error(`--seconds: ${values.seconds!} is not a number of seconds`);
  }
  const kinds = kindsWith(values.only);
  await installPackages(TOOLS, Object.fromEntries(
    Object.entries(PEER_VERSIONS).filter(([peer]) => kinds.some(({ name }) => name === peer))), signal);
  const results = await measureAll(kinds, { ...extent, seconds });
  mkdirSync(BUILD, { recursive: true });
  writeFileSync(join(BUILD, 'bench-proxy.json'), `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`${reportOf(results)}\n`);
}

/** Bare node:http is always there: all is compared with it. */
function kindsWith(words: string | undefined): CandidateKind[] {
  const wanted = KINDS.filter(({ name }, index) =>
    words === undefined || index === 0 || words.split(/\s+/).some((word) => name.includes(word)));
  if (!existsSync(SHIM) && wanted.some(({ name }) => name === IN_POD)) {
    process.stderr.write(`${IN_POD} is left out: the shim is not built, because there is no Go\n`);
    return wanted.filter(({ name }) => name !== IN_POD);
  }
  return wanted;
}

main(stopProgramsOnSignal()).catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}).finally(() => Program.stopAll());
