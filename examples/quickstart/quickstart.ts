// `npm run quickstart`: synthesizes main.ts, runs that fleet on this machine from its manifests, and uses it.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { LocalFleet } from './tour/local-fleet';
import { summarize, synthesize } from './tour/manifests';
import { bold, chapter, dim, line } from './tour/print';
import { showRecords, showRegistry, showWhatUsersMayDo } from './tour/tour';
import { connectAlice, connectBob } from './tour/users';

const CONNECTION_FILE = join(import.meta.dirname, '..', '..', 'build', 'quickstart.json');
const TOKEN_SECONDS = 24 * 3600;

interface Tokens {
  readonly alice: string;
  readonly bob: string;
}

async function main(): Promise<void> {
  const { values: { keep } } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
  rmSync(CONNECTION_FILE, { force: true });

  chapter(1, 'One TypeScript file becomes hardened manifests');
  const manifests = synthesize();
  for (const { file, objects, kinds } of summarize(manifests)) {
    line(`   ${relative(process.cwd(), join(manifests, file))}`);
    line(dim(`     ${objects} objects: ${kinds}`));
  }

  chapter(2, 'The fleet comes up from exactly these manifests');
  const fleet = await LocalFleet.start(manifests, (text) => process.stdout.write(text.replaceAll(/^(?=.)/gm, '   ')));
  const stop = () => void fleet.stop();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const watch = onOrphaned(stop);
  try {
    const tokens = {
      alice: fleet.token({ user: 'alice', groups: ['engineering'], ttlSeconds: TOKEN_SECONDS }),
      bob: fleet.token({ user: 'bob', groups: ['support'], ttlSeconds: TOKEN_SECONDS }),
    };
    await takeTour(fleet, tokens);
    if (keep) {
      await stayUp(fleet, tokens);
    }
  } finally {
    clearInterval(watch);
    await fleet.stop();
  }
  line();
  line(bold('That was all of it. Everything is stopped again.'));
  line('Next: README.md for the library, examples/quickstart/main.ts for this fleet, '
    + 'npm run quickstart -- --keep to connect a client of your own.');
}

/** npm does not pass every signal on to what it runs: its end is noticed by the new parent that this process gets. */
function onOrphaned(stop: () => void): NodeJS.Timeout {
  const parent = process.ppid;
  return setInterval(() => {
    if (process.ppid !== parent) {
      stop();
    }
  }, 500);
}

async function takeTour(fleet: LocalFleet, tokens: Tokens): Promise<void> {
  const url = new URL('/mcp', fleet.description.url);
  const alice = await connectAlice(url, tokens.alice);
  const bob = await connectBob(url, tokens.bob);
  await showWhatUsersMayDo({ alice, bob });
  await alice.close();
  await bob.close();
  await showRegistry(fleet.description, tokens.bob);
  await showRecords(fleet.description);
}

async function stayUp(fleet: LocalFleet, tokens: Tokens): Promise<void> {
  const { url } = fleet.description;
  mkdirSync(join(CONNECTION_FILE, '..'), { recursive: true });
  writeFileSync(CONNECTION_FILE, `${JSON.stringify({ url, tokens }, undefined, 2)}\n`, { mode: 0o600 });
  line();
  line(bold('The fleet stays up until Ctrl-C.'));
  line(`   the whole fleet    ${url}/mcp`);
  line(`   one server         ${url}/servers/files/mcp`);
  line(`   URL and tokens     ${relative(process.cwd(), CONNECTION_FILE)} ${dim('(valid for a day, on this machine only)')}`);
  line('   A client that signs in by itself (OAuth) needs only the URL; type any name, and engineering or support as group.');
  try {
    await fleet.ended();
  } finally {
    rmSync(CONNECTION_FILE, { force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`\nquickstart: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
