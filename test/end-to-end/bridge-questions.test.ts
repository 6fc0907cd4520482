import { describe, expect, it, vi } from 'vitest';
import { META } from '../../runtime/src/bridge/request-meta';
import { ERROR_CODE } from '../../runtime/src/mcp/json-rpc';
import { SERVER_INFO } from '../fixtures/conformance/offers';
import { SEED, useFixtures } from '../support/fixture-proxies';
import { answersTo, textOf, type Exchange, type InputRequests } from '../support/modern-client';

// What a server of before 2026-07-28 asks in mid-call, and a client of that revision.

const PATIENCE = { timeout: 10_000 };
const EVERYTHING = { elicitation: {}, sampling: {}, roots: {} };

const behindProxy = useFixtures();

function methodsOf({ result }: Exchange): string[] {
  return Object.values(result.inputRequests as InputRequests).map(({ method }) => method).sort();
}

/** The text with another character at a place. */
function altered(text: string, place: number): string {
  return text.slice(0, place) + (text[place] === 'A' ? 'B' : 'A') + text.slice(place + 1);
}

describe(`a question of a server with sessions (seed ${SEED})`, () => {
  const { names: { tools, prompts, resources }, proxy, pids } = behindProxy('sdk1-legacy', { isolation: 'principal' });

  it('is a result that requires input, and the retry brings the rest of the call', async () => {
    const client = proxy().modern(EVERYTHING);
    const request = client.toolCall(tools.elicit, { message: 'Who are you?' });
    const asked = await client.send(request);
    expect(asked).toMatchObject({ status: 200, result: { resultType: 'input_required' } });
    expect(Object.values(asked.result.inputRequests as object)).toMatchObject([
      { method: 'elicitation/create', params: { message: 'Who are you?', requestedSchema: { type: 'object' } } },
    ]);
    const answer = await client.retry(request, asked);
    expect(textOf(answer)).toBe('action=accept, content={"username":"my username","email":"my email"}');
    expect(answer.result).toMatchObject({ resultType: 'complete', _meta: { [META.SERVER_INFO]: SERVER_INFO } });
  });

  it('may be declined', async () => {
    const client = proxy().modern(EVERYTHING);
    const request = client.toolCall(tools.askName);
    const asked = await client.send(request);
    const [key] = Object.keys(asked.result.inputRequests as object);
    expect(textOf(await client.retry(request, asked, { [key!]: { action: 'decline' } }))).toContain('action=decline');
  });

  it('is asked together with those that come with it, and again alone when it was not answered', async () => {
    const client = proxy().modern(EVERYTHING);
    const request = client.toolCall(tools.askThreeAtOnce);
    const asked = await client.send(request);
    expect(methodsOf(asked)).toEqual(['elicitation/create', 'roots/list', 'sampling/createMessage']);
    const [first, ...others] = Object.entries(answersTo(asked.result));
    const again = await client.retry(request, asked, Object.fromEntries([first!]));
    expect(Object.keys(again.result.inputRequests as object).sort()).toEqual(others.map(([key]) => key).sort());
    expect(again.result.requestState).not.toBe(asked.result.requestState);
    expect((await client.retry(request, asked)).error?.code).toBe(ERROR_CODE.INVALID_PARAMS);
    expect(textOf(await client.retry(request, again))).toBe('sampled Ada, 1 roots');
  });

  it('may come after another one', async () => {
    const client = proxy().modern(EVERYTHING);
    const request = client.toolCall(tools.askTwice);
    const first = await client.send(request);
    const second = await client.retry(request, first);
    expect(second.result).toMatchObject({ resultType: 'input_required' });
    expect(textOf(await client.retry(request, second))).toBe('Ada likes my color');
  });

  it('may come of a prompt, and of nothing that only lists or reads here', async () => {
    const client = proxy().modern(EVERYTHING);
    const request = client.request('prompts/get', { name: prompts.asking });
    const { result } = await client.retry(request, await client.send(request));
    expect(JSON.stringify(result.messages)).toContain('my context');
    const read = await client.send(client.request('resources/read', { uri: resources.text }));
    expect(read.result).toMatchObject({ resultType: 'complete', ttlMs: 0, cacheScope: 'private' });
  });

  it('goes on only with the state that it came with, once, for its caller and its request', async () => {
    const caller = proxy().newcomer();
    const client = proxy().modern(EVERYTHING, caller);
    const request = client.toolCall(tools.elicit, { message: 'Who?' });
    const asked = await client.send(request);
    const state = asked.result.requestState as string;
    const answers = answersTo(asked.result);
    const stranger = proxy().modern(EVERYTHING);
    const tries = [
      client.retryOf(request, altered(state, state.length - 2), answers),
      client.retryOf(request, altered(state, state.indexOf('.') + 5), answers),
      client.retryOf(request, `${state}A`, answers),
      client.retryOf(request, `${state}=`, answers),
      client.retryOf(request, '', answers),
      client.retryOf(request, { state }, answers),
      client.retryOf(client.toolCall(tools.elicit, { message: 'Who else?' }), state, answers),
      client.retryOf(client.toolCall(tools.askName), state, answers),
      client.retryOf({ ...request, method: 'prompts/get' }, state, answers),
    ];
    const refused = [...await Promise.all(tries.map((each) => client.send(each))),
      await stranger.send(stranger.retryOf(request, state, answers))];
    expect(refused.map(({ error }) => error?.code)).toEqual(refused.map(() => ERROR_CODE.INVALID_PARAMS));
    const race = await Promise.all([1, 2, 3].map(() => client.retry(request, asked)));
    const codes = race.map(({ error }) => error?.code);
    expect(codes.sort()).toEqual([ERROR_CODE.INVALID_PARAMS, ERROR_CODE.INVALID_PARAMS, undefined]);
    expect((await client.retry(request, asked)).error?.code).toBe(ERROR_CODE.INVALID_PARAMS);
  });

  it('never goes to a client that has not said it can answer', async () => {
    const refused = await proxy().modern({ elicitation: {} }).call(tools.askModelAlways);
    expect(refused).toMatchObject({
      status: 400,
      error: { code: ERROR_CODE.MISSING_CLIENT_CAPABILITY, data: { requiredCapabilities: { sampling: {} } } },
    });
  });

  it('never goes to a client that says with its retry that it cannot answer any more', async () => {
    const caller = proxy().newcomer();
    const client = proxy().modern(EVERYTHING, caller);
    const request = client.toolCall(tools.askTwice);
    const asked = await client.send(request);
    const retry = proxy().modern({}, caller).retryOf(request, asked.result.requestState, answersTo(asked.result));
    const meta = { ...retry.params._meta as object, [META.CLIENT_CAPABILITIES]: {} };
    const refused = await client.send({ ...retry, params: { ...retry.params, _meta: meta } });
    expect(refused).toMatchObject({ status: 400, error: { code: ERROR_CODE.MISSING_CLIENT_CAPABILITY } });
  });

  it('keeps its process for its call, and leaves others to other calls, as many as a caller may have', async () => {
    const caller = proxy().newcomer();
    const client = proxy().modern(EVERYTHING, caller);
    const requests = [1, 2, 3].map(() => client.toolCall(tools.askName));
    const asked = await Promise.all(requests.map((request) => client.send(request)));
    const one = await client.call(tools.simpleText);
    expect(textOf(one)).toBe('This is a simple text response for testing.');
    const tooMany = await client.post(client.toolCall(tools.askName));
    expect(tooMany.status).toBe(429);
    expect(Number(tooMany.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await tooMany.json()).toMatchObject({ error: { message: 'Too many of your calls wait for your answers' } });
    const answers = await Promise.all(requests.map((request, index) => client.retry(request, asked[index]!)));
    expect(answers.map(textOf)).toEqual(Array(3).fill('action=accept, content={"name":"Ada"}'));
  });

  it('is over when its process dies', async () => {
    const before = pids();
    const client = proxy().modern({ elicitation: {} });
    const request = client.toolCall(tools.askName);
    const asked = await client.send(request);
    const [own] = pids().filter((pid) => !before.includes(pid));
    process.kill(own!, 'SIGKILL');
    await vi.waitFor(() => expect(pids()).not.toContain(own), PATIENCE);
    const answer = await client.retry(request, asked);
    expect(answer.error).toMatchObject({ message: 'The server\'s process ended (signal SIGKILL)' });
    expect(textOf(await client.call(tools.simpleText))).toBe('This is a simple text response for testing.');
  });
});

describe(`a question that nobody answers (seed ${SEED})`, () => {
  const { names: { tools }, proxy, pids } = behindProxy('sdk1-legacy', {
    isolation: 'principal', limits: { answerSeconds: 1 },
  });

  it('is given up, and its process with it', async () => {
    const client = proxy().modern(EVERYTHING);
    const request = client.toolCall(tools.askName);
    const asked = await client.send(request);
    expect(pids()).not.toEqual([]);
    await vi.waitFor(() => expect(pids()).toEqual([]), PATIENCE);
    expect((await client.retry(request, asked)).error?.code).toBe(ERROR_CODE.INVALID_PARAMS);
    expect(textOf(await client.call(tools.simpleText))).toBe('This is a simple text response for testing.');
  });
});

describe(`a server without sessions (seed ${SEED})`, () => {
  const { names: { tools }, proxy } = behindProxy('sdk2-modern');

  it('asks by itself, and knows its own states', async () => {
    const client = proxy().modern(EVERYTHING);
    const request = client.toolCall(tools.askWithSealedState);
    const asked = await client.send(request);
    const state = asked.result.requestState as string;
    const forged = client.retryOf(request, altered(state, Math.floor(state.length / 2)), answersTo(asked.result));
    expect((await client.send(forged)).error?.code).toBe(ERROR_CODE.INVALID_PARAMS);
    expect(textOf(await client.retry(request, asked))).toBe('confirmed: true');
  });
});

describe(`a server whose roots are withheld (seed ${SEED})`, () => {
  const { names: { tools }, proxy } = behindProxy('sdk1-legacy', { roots: 'strip' });
  const modern = behindProxy('sdk2-modern', { roots: 'strip' });

  it('does not learn of them, in either era', async () => {
    const answer = await proxy().modern(EVERYTHING).call(tools.askRoots);
    expect(textOf(answer)).toBe('MCP error -32601: The client does not answer roots/list now');
    const refused = await modern.proxy().modern(EVERYTHING).call(modern.names.tools.askRoots);
    expect(refused).toMatchObject({ status: 400, error: { code: ERROR_CODE.MISSING_CLIENT_CAPABILITY } });
    const declared = await modern.proxy().modern(EVERYTHING).call(modern.names.tools.askWhatIsDeclared);
    expect(methodsOf(declared)).toEqual(['elicitation/create', 'sampling/createMessage']);
  });
});
