import { describe, expect, it, vi } from 'vitest';
import { ISOLATIONS, type Isolation } from '../../lib/contract/proxy-config';
import { ROOTS } from '../../runtime/src/testing/answers';
import { SDKS_OF_ALL_ERAS, type SdkClient } from '../../runtime/src/testing/sdk-clients';
import { FIXTURES, type Fixture } from '../fixtures/conformance/fixtures';
import { PROGRESS_STEPS } from '../fixtures/conformance/offers';
import { SEED, useFixtures } from '../support/fixture-proxies';

// Everything that clients and servers of either era have in common, in every combination of them.

const PATIENCE = { timeout: 10_000 };
const EVERYTHING = { elicitation: {}, sampling: {}, roots: {} };
/** What servers say of clients that they must not ask. */
const REFUSED = /does not support|No client can be asked now|did not declare the required capability/;
const TOOLS_CHANGED = 'notifications/tools/list_changed';

const behindProxy = useFixtures();

const SERVERS: [Fixture, Isolation][] = [
  ...ISOLATIONS.map((isolation): [Fixture, Isolation] => ['sdk1-legacy', isolation]),
  ...ISOLATIONS.map((isolation): [Fixture, Isolation] => ['sdk2-modern', isolation]),
  // Nothing is bridged to a server that speaks as its client does, but where all share a process.
  ['sdk2-both', 'session'], ['sdk2-both', 'shared'],
];

describe.each(SERVERS)(`the fixture %s in isolation %s (seed ${SEED})`, (fixture, isolation) => {
  const { names: { tools, prompts, resources }, proxy } = behindProxy(fixture, { isolation });

  describe.each(SDKS_OF_ALL_ERAS)('with the client of %s', (name, sdk) => {
    const isModernClient = name.includes('2026-07-28');
    const { era } = FIXTURES[fixture];
    const speaksModern = era === 'modern' || (era === 'both' && isModernClient);
    // Nobody knows whom a process means that everybody shares, with its questions or with its log messages.
    const asks = speaksModern || isolation !== 'shared';
    const logs = isolation !== 'shared';

    const connect = (): Promise<SdkClient> =>
      sdk(proxy().url, proxy().credentialsOf(proxy().newcomer()), EVERYTHING);

    it('lists, calls, reads, prompts and completes', async () => {
      const client = await connect();
      expect(await client.tools()).toContain(tools.simpleText);
      expect(await client.call(tools.simpleText)).toBe('This is a simple text response for testing.');
      expect(await client.call(tools.failing)).toBe('This tool intentionally returns an error for testing');
      expect(await client.call(tools.mirroredArgument, { region: 'Zürich' })).toBe('region=Zürich');
      expect(await client.resources()).toContain(resources.text);
      expect(await client.read(resources.text)).toBe('The content of a static text.');
      expect(JSON.parse(await client.read(resources.template.replace('{id}', '7')))).toMatchObject({ id: '7' });
      expect(await client.prompts()).toContain(prompts.withArguments);
      expect(await client.prompt(prompts.withArguments, { arg1: 'a', arg2: 'b' })).toContain('arg1=\'a\', arg2=\'b\'');
      expect(await client.complete(prompts.withArguments, 'arg1', 'par')).toEqual(['paris', 'park', 'party']);
    });

    if (asks) {
      it('asks in mid-call, at once and one after another', async () => {
        const client = await connect();
        expect(await client.call(tools.askName)).toBe('action=accept, content={"name":"Ada"}');
        expect(await client.call(tools.sample, { prompt: 'Say something' })).toBe('sampled');
        expect(await client.call(tools.askRoots)).toBe(ROOTS[0]!.uri);
        expect(await client.call(tools.askTwice)).toBe('Ada likes my color');
        expect(await client.prompt(prompts.asking)).toContain('my context');
        expect(client.asked).toEqual([
          'elicitation/create', 'sampling/createMessage', 'roots/list', 'elicitation/create', 'elicitation/create',
          'elicitation/create',
        ]);
        expect(await client.call(tools.askThreeAtOnce)).toBe('sampled Ada, 1 roots');
        expect(client.asked.slice(6).sort()).toEqual(['elicitation/create', 'roots/list', 'sampling/createMessage']);
      });

      it('asks for several calls at the same time', async () => {
        const client = await connect();
        const answers = await Promise.all([1, 2, 3].map((n) => client.call(tools.elicit, { message: `Question ${n}` })));
        expect(answers).toEqual(Array(3).fill('action=accept, content={"username":"my username","email":"my email"}'));
      });
    } else {
      it('asks nobody', async () => {
        const client = await connect();
        expect(await client.call(tools.askName)).toMatch(REFUSED);
        expect(await client.call(tools.sample, { prompt: 'Say something' })).toMatch(REFUSED);
        expect(client.asked).toEqual([]);
      });
    }

    it('reports progress, and logs to a client that wants to hear of it', async () => {
      const client = await connect();
      const steps: number[] = [];
      expect(await client.call(tools.progress, {}, (step) => steps.push(step))).toBe('done');
      expect(steps).toEqual(PROGRESS_STEPS);
      await client.logFrom('error');
      await client.call(tools.quietLogging);
      await client.logFrom('info');
      await client.call(tools.quietLogging);
      const logged = logs ? ['a message for those who asked for it'] : [];
      await vi.waitFor(() => expect(client.logged).toEqual(logged), PATIENCE);
    });

    it('tells of changes of a resource and of lists', async () => {
      const client = await connect();
      await client.watch(resources.watched);
      await client.call(tools.touchResource);
      await vi.waitFor(() => expect(client.changed).toContain(resources.watched), PATIENCE);
      await client.call(tools.changeTools);
      await vi.waitFor(() => expect(client.changed).toContain(TOOLS_CHANGED), PATIENCE);
    });
  });
});
