import { describe, expect, it } from 'vitest';
import { ERROR_CODE } from '../mcp/json-rpc';
import { META } from './request-meta';
import { SessionBench } from './testing/session-bench';
import type { SimulatedSession } from './testing/simulated-session';

const FORM = { method: 'elicitation/create', params: { message: 'Who?', requestedSchema: {} } };
const URL = { method: 'elicitation/create', params: { mode: 'url', message: 'Log in', url: 'https://a.example/' } };
const SAMPLING = { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } };
const ACCEPTED = { action: 'accept', content: { name: 'Ada' } };
const SAMPLED = { role: 'assistant', model: 'm', content: { type: 'text', text: 'Hello' } };

/** A call of a session to which the server has answered that it requires input. */
async function asked(inputRequests: unknown, requestState?: unknown, capabilities?: object) {
  const bench = new SessionBench();
  const session = await bench.open(capabilities);
  const { server } = bench;
  const id = session.request('tools/call', { name: 't', arguments: { n: 1 }, _meta: { progressToken: 'p' } });
  const first = server.last;
  server.answer(first, { resultType: 'input_required', inputRequests, requestState });
  return { bench, session, server, id, first };
}

function failure(session: SimulatedSession, id: string | number) {
  const [answer, ...more] = session.answersTo(id);
  expect(more).toEqual([]);
  return answer?.error;
}

describe('input_required', () => {
  it('becomes requests on the stream of the call, whose answers become the retry', async () => {
    const { session, server, id, first } = await asked({ a: FORM, b: SAMPLING }, 'state "1"\u0000\ud800');
    const [form, sampling] = session.questions;
    expect([form, sampling].map((each) => [each?.method, each?.params, each?.related])).toEqual([
      [FORM.method, FORM.params, id], [SAMPLING.method, SAMPLING.params, id],
    ]);
    session.respond(sampling!.id, { result: SAMPLED });
    expect(server.last).toBe(first);
    session.respond(form!.id, { result: ACCEPTED });
    const { _meta, ...params } = first.request.params!;
    expect(server.last.request.params).toEqual({
      ...params, _meta: { ...(_meta as object), progressToken: server.last.request.id },
      inputResponses: { a: ACCEPTED, b: SAMPLED }, requestState: 'state "1"\u0000\ud800',
    });
    server.answer(undefined, { content: [] });
    expect(session.answersTo(id)).toEqual([{ jsonrpc: '2.0', id, result: { content: [] } }]);
    expect(session.session.size).toBe(0);
  });

  it('without a state is answered without one', async () => {
    const { session, server } = await asked({ a: FORM });
    session.respond(session.questions[0]!.id, { result: ACCEPTED });
    expect(server.last.request.params).not.toHaveProperty('requestState');
  });

  it('of a further round is answered with its own answers and state only', async () => {
    const { session, server } = await asked({ a: FORM }, 'one');
    session.respond(session.questions[0]!.id, { result: ACCEPTED });
    server.answer(undefined, { resultType: 'input_required', inputRequests: { b: SAMPLING } });
    session.respond(session.questions[1]!.id, { result: SAMPLED });
    expect(server.last.request.params).toMatchObject({ inputResponses: { b: SAMPLED } });
    expect(server.last.request.params).not.toHaveProperty('requestState');
  });

  it('with a state only is retried after a pause', async () => {
    const { bench, server, first, session, id } = await asked(undefined, 'later');
    expect(server.last).toBe(first);
    bench.clock.advance(100);
    expect(server.last.request.params).toMatchObject({ requestState: 'later' });
    server.answer();
    expect(session.answersTo(id)).toHaveLength(1);
    expect(session.questions).toEqual([]);
  });

  it('ends at last', async () => {
    const { bench, server, session, id } = await asked(undefined, 'later');
    for (let round = 0; round < 40 && server.open.length + bench.clock.pending > 0; round++) {
      bench.clock.advance(100);
      server.open.forEach((each) => server.answer(each, { resultType: 'input_required', requestState: 'later' }));
    }
    expect(failure(session, id)?.message).toContain('32 rounds');
  });

  it.each([
    [undefined, undefined], [{}, undefined], [null, 'x'], ['text', 'x'], [[FORM], 'x'], [{ a: null }, 'x'], [{ a: 5 }, 'x'],
    [{ a: { method: 5 } }, 'x'], [{ a: { method: 'tools/list' } }, 'x'], [{ a: FORM }, 5], [{ a: FORM }, null],
  ])('that asks for %j under state %j is an error', async (inputRequests, requestState) => {
    const { session, id, bench } = await asked(inputRequests, requestState);
    expect(failure(session, id)?.code).toBe(ERROR_CODE.INTERNAL_ERROR);
    expect([session.questions, bench.clock.pending, session.session.size]).toEqual([[], 0, 0]);
  });

  it('for which the client has no capability is an error', async () => {
    for (const question of [URL, SAMPLING, { method: 'roots/list' }]) {
      const { session, id } = await asked({ a: FORM, b: question }, 'x', { elicitation: {} });
      expect(failure(session, id)).toBeDefined();
      expect(session.questions).toEqual([]);
    }
  });

  it('that is nested without end is an error', async () => {
    const bench = new SessionBench();
    const session = await bench.open();
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const question = `{"method":"elicitation/create","params":{"x":${deep}}}`;
    for (const result of [
      `{"resultType":"input_required","inputRequests":{"a":${question}}}`,
      `{"resultType":"input_required","requestState":${deep}}`,
      `{"resultType":${deep}}`,
    ]) {
      const id = session.request('tools/call', { name: 't' });
      bench.server.toBridge.write(`{"jsonrpc":"2.0","id":${String(bench.server.last.request.id)},"result":${result}}`);
      expect(failure(session, id)).toBeDefined();
    }
  });
});

describe('the answer of a client', () => {
  it.each([{ error: { code: -1, message: 'no' } }, { result: { action: 'maybe' } }])(
    'to an elicitation that is %j means cancel', async (answer) => {
      const { session, server } = await asked({ a: FORM });
      session.respond(session.questions[0]!.id, answer);
      expect(server.last.request.params).toMatchObject({ inputResponses: { a: { action: 'cancel' } } });
    });

  it('that is an error fails a call that needs a sample, and withdraws the other questions', async () => {
    const { session, id, first, server } = await asked({ a: SAMPLING, b: FORM });
    session.respond(session.questions[0]!.id, { error: { code: -1, message: 'no model' } });
    expect(failure(session, id)?.message).toContain('no model');
    expect(session.withdrawn).toEqual([session.questions[1]!.id]);
    session.respond(session.questions[1]!.id, { result: ACCEPTED });
    expect(server.last).toBe(first);
  });

  it('counts once', async () => {
    const { session, server, first } = await asked({ a: FORM, b: FORM });
    session.respond(session.questions[0]!.id, { result: ACCEPTED });
    session.respond(session.questions[0]!.id, { result: ACCEPTED });
    expect(server.last).toBe(first);
  });
});

describe('a call that the client cancels', () => {
  it('withdraws the questions, and goes no further', async () => {
    const { bench, session, server, id, first } = await asked({ a: FORM, b: SAMPLING }, 'x');
    session.notify('notifications/cancelled', { requestId: id });
    expect(session.withdrawn).toEqual(session.questions.map((question) => question.id));
    session.questions.forEach((question) => session.respond(question.id, { result: ACCEPTED }));
    expect(server.last).toBe(first);
    expect(session.answersTo(id)).toEqual([]);
    expect([session.session.size, bench.clock.pending]).toEqual([0, 0]);
  });

  it('is not retried after the pause', async () => {
    const { bench, session, server, id, first } = await asked(undefined, 'later');
    session.notify('notifications/cancelled', { requestId: id });
    bench.clock.advance(1000);
    expect(server.last).toBe(first);
  });

  it('is cancelled at the server while that works on it', async () => {
    const bench = new SessionBench();
    const session = await bench.open();
    const id = session.request('tools/call', { name: 't' });
    session.notify('notifications/cancelled', { requestId: id });
    expect(bench.server.last.state).toBe('cancelled');
    bench.server.answer();
    expect(session.answersTo(id)).toEqual([]);
  });
});

describe('an elicitation by URL', () => {
  it('has an id, which is completed before the answer of the call', async () => {
    const { session, server, id } = await asked({ a: URL }, 'x');
    const { elicitationId } = session.questions[0]!.params!;
    expect(elicitationId).toEqual(expect.any(String));
    session.respond(session.questions[0]!.id, { result: { action: 'accept' } });
    server.answer(undefined, { content: [] });
    expect(session.delivered.slice(-2).map(({ message, related }) => [message, related])).toEqual([
      [{ jsonrpc: '2.0', method: 'notifications/elicitation/complete', params: { elicitationId } }, id],
      [{ jsonrpc: '2.0', id, result: { content: [] } }, undefined],
    ]);
  });
});

describe('other results', () => {
  it.each([['task', 'task'], [5, 'type'], [null, 'type']])('of the type %j are an error', async (resultType, word) => {
    const bench = new SessionBench();
    const session = await bench.open();
    const id = session.request('tools/call', { name: 't' });
    bench.server.answer(undefined, { resultType, taskId: 'x' });
    expect(failure(session, id)?.message).toContain(word);
  });

  it('with an output that was told to be inside an object are', async () => {
    const bench = new SessionBench();
    const session = await bench.open();
    session.request('tools/list');
    bench.server.answer(undefined, { tools: [{ name: 'wrapped', outputSchema: {} }, { name: 'plain', outputSchema: { type: 'object' } }] });
    const answers = ['wrapped', 'plain'].map((name) => {
      const id = session.request('tools/call', { name });
      bench.server.answer(undefined, { content: [], structuredContent: { a: 1 } });
      return session.answersTo(id)[0]?.result?.structuredContent;
    });
    expect(answers).toEqual([{ result: { a: 1 } }, { a: 1 }]);
  });

  it('that never come are told when the server has died', async () => {
    const bench = new SessionBench();
    const session = await bench.open();
    const id = session.request('tools/call', { name: 't' });
    bench.server.die();
    expect(failure(session, id)?.message).toContain('ended');
  });
});

describe('progress and log messages', () => {
  it('come on the stream of the call, under its own token, in every round', async () => {
    const { session, server, id, first } = await asked({ a: FORM });
    session.respond(session.questions[0]!.id, { result: ACCEPTED });
    server.progress(first, { progress: 1 });
    server.progress(server.last, { progress: 2 });
    expect(session.notifications).toEqual([{
      jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'p', progress: 2 }, related: id,
    }]);
  });

  it('of a level come once the client has asked for them', async () => {
    const bench = new SessionBench();
    const session = await bench.open();
    session.request('tools/call', { name: 't' });
    bench.server.log('early');
    bench.server.answer();
    session.request('logging/setLevel', { level: 'info' });
    const id = session.request('tools/call', { name: 't' });
    expect(bench.server.last.request.params?._meta).toMatchObject({ [META.LOG_LEVEL]: 'info' });
    bench.server.log('now');
    expect(session.notifications.map(({ params, related }) => [params?.data, related])).toEqual([['now', id]]);
  });
});
