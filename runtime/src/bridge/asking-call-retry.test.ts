import { describe, expect, it } from 'vitest';
import { ERROR_CODE } from '../mcp/json-rpc';
import { ANSWER_MS, AskingBench } from './testing/asking-bench';
import { asked, parked } from './testing/parked-call';

const ACCEPTED = { action: 'accept', content: { name: 'Ada' } };
const SAMPLED = { role: 'assistant', model: 'm', content: { type: 'text', text: 'Hello' } };

describe('a retry', () => {
  it('that lacks answers delivers those it has, and is asked for the others under a new state', () => {
    const bench = new AskingBench();
    const started = bench.begin();
    const [first, second] = [started.server.ask(), started.server.ask(undefined, 'sampling/createMessage')];
    bench.clock.advance(20);
    const { state } = asked(started);
    const retry = bench.retry(started, state, { 'question-2': SAMPLED, 'question-9': ACCEPTED });
    expect([first.answers.length, second.answers.length]).toEqual([0, 1]);
    bench.clock.advance(20);
    expect(asked({ round: retry }).keys).toEqual(['question-1']);
    expect(asked({ round: retry }).state).not.toBe(state);
    bench.retry(started, asked({ round: retry }).state, { 'question-1': ACCEPTED });
    expect(first.answers).toHaveLength(1);
  });

  it('with something that is no answer is asked again', () => {
    const { bench, started, question, state } = parked();
    const retry = bench.retry(started, state, { 'question-1': { action: 'maybe' } });
    bench.clock.advance(20);
    expect(asked({ round: retry }).keys).toEqual(['question-1']);
    expect(question.answers).toEqual([]);
  });

  it('with an answer that is nested without end is refused, and may come again', () => {
    const { bench, started, question, state } = parked();
    const content = { x: JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown };
    const refused = bench.retry(started, state, { 'question-1': { action: 'accept', content } });
    expect(refused.response.error?.code).toBe(ERROR_CODE.INVALID_PARAMS);
    bench.retry(started, state, { 'question-1': ACCEPTED });
    expect(question.answers).toHaveLength(1);
  });

  it('is asked what the server has asked since', () => {
    const { bench, started, state } = parked();
    started.server.ask(undefined, 'sampling/createMessage');
    const retry = bench.retry(started, state, { 'question-1': ACCEPTED });
    bench.clock.advance(20);
    expect(asked({ round: retry }).keys).toEqual(['question-2']);
  });

  it('is not asked again when the time for the answer is over', () => {
    const { bench, started, question, state } = parked();
    bench.clock.advance(ANSWER_MS - 30);
    const retry = bench.retry(started, state);
    bench.clock.advance(20);
    expect(question.answers[0]?.result).toEqual({ action: 'cancel' });
    started.server.answer(started.server.last);
    expect(retry.result.resultType).toBe('complete');
  });

  it('gets the result that came while the call was parked', () => {
    const { bench, started, state } = parked();
    started.server.answer(started.server.last, { content: [] });
    expect(bench.retry(started, state).result).toEqual({ resultType: 'complete', content: [] });
    expect(bench.clock.pending).toBe(0);
  });

  it('learns that the server has died while the call was parked', () => {
    const { bench, started, state } = parked();
    started.server.die();
    expect(bench.retry(started, state).response.error?.message).toContain('ended');
  });

  it('gets no cacheable result', () => {
    for (const answersWhileParked of [true, false]) {
      const bench = new AskingBench();
      const started = bench.begin(bench.request('resources/read', { uri: 'u:1' }));
      started.server.ask();
      bench.clock.advance(20);
      const answer = () => started.server.answer(started.server.last, { contents: [] });
      if (answersWhileParked) {
        answer();
      }
      const retry = bench.retry(started, asked(started).state, { 'question-1': ACCEPTED });
      if (!answersWhileParked) {
        answer();
      }
      expect(retry.result).toMatchObject({ ttlMs: 0, cacheScope: 'private' });
    }
  });

  it('whose client goes away cancels the call', () => {
    const { bench, started, state } = parked();
    const retry = bench.retry(started, state, { 'question-1': ACCEPTED });
    retry.isGone = true;
    started.call.disconnected(retry);
    expect(started.server.last.state).toBe('cancelled');
    expect([bench.calls.size, bench.clock.pending]).toEqual([0, 0]);
  });

  it('is not ended by the client of an earlier round that goes away', () => {
    const { bench, started, state } = parked();
    const retry = bench.retry(started, state, { 'question-1': ACCEPTED });
    started.call.disconnected(started.round);
    started.server.answer(started.server.last);
    expect(retry.result.resultType).toBe('complete');
  });
});

describe('a client that does not come back', () => {
  it('is answered for, and the call is cancelled then', () => {
    const bench = new AskingBench();
    const { server } = bench.begin();
    const [form, sampling] = [server.ask(), server.ask(undefined, 'sampling/createMessage')];
    bench.clock.advance(ANSWER_MS - 1);
    expect(form.answers).toEqual([]);
    bench.clock.advance(1);
    expect(form.answers[0]?.result).toEqual({ action: 'cancel' });
    expect(sampling.answers[0]?.error).toBeDefined();
    expect(server.received.at(-1)).toMatchObject({ method: 'notifications/cancelled', params: { requestId: 1 } });
    expect([bench.calls.size, bench.clock.pending]).toEqual([0, 0]);
  });

  it('loses the result that came meanwhile, and leaves nothing', () => {
    const { bench, started } = parked();
    started.server.answer(started.server.last);
    bench.clock.advance(ANSWER_MS);
    expect([bench.calls.size, bench.clock.pending]).toEqual([0, 0]);
  });
});

describe('progress and log messages', () => {
  it('are dropped while the call is parked, and go to the current round under its own token', () => {
    const bench = new AskingBench();
    const started = bench.begin(
      bench.request('tools/call', { name: 'tool', _meta: { progressToken: 'a' } }), undefined, 'info');
    const { server } = started;
    server.progress(server.last, { progress: 1 });
    server.ask();
    bench.clock.advance(20);
    server.progress(server.last, { progress: 2 });
    server.log('lost');
    const retry = bench.retry(started, asked(started).state, { 'question-1': ACCEPTED }, { _meta: { progressToken: 7 } });
    server.progress(server.last, { progress: 3 });
    server.log('kept');
    expect(started.round.notifications.map(({ params }) => params)).toEqual([{ progressToken: 'a', progress: 1 }]);
    expect(retry.notifications.map(({ params }) => params)).toEqual([
      { progressToken: 7, progress: 3 }, { level: 'info', data: 'kept' },
    ]);
  });

  it('go to nobody who has not asked for them', () => {
    const { round, server } = new AskingBench().begin();
    server.progress(server.last, { progress: 1 });
    server.log('x');
    expect(round.notifications).toEqual([]);
    expect(server.strays).toHaveLength(2);
  });
});

describe('an elicitation by URL that a server requires by an error', () => {
  const required = {
    code: ERROR_CODE.URL_ELICITATION_REQUIRED, message: 'Visit',
    data: { elicitations: [{ mode: 'url', elicitationId: 'e', url: 'https://a.example/', message: 'Log in' }] },
  };

  it('becomes an input_required without a state, whose retry executes the request afresh', () => {
    const bench = new AskingBench();
    const { server, round } = bench.begin();
    server.refuse(server.last, required);
    expect(round.result).toEqual({
      resultType: 'input_required',
      inputRequests: {
        'url-1': { method: 'elicitation/create', params: { mode: 'url', url: 'https://a.example/', message: 'Log in' } },
      },
    });
    bench.begin(bench.request('tools/call', { name: 'tool', inputResponses: { 'url-1': { action: 'accept' } } }));
    expect(server.calls).toHaveLength(2);
    expect(server.last.request.params).toEqual({ name: 'tool' });
  });

  it('needs the capability', () => {
    const { server, round } = new AskingBench().begin(undefined, { capabilities: { elicitation: { form: {} } } });
    server.refuse(server.last, required);
    expect(round.response.error?.code).toBe(ERROR_CODE.MISSING_CLIENT_CAPABILITY);
    expect(round.outcome?.status).toBe(400);
  });

  it('is an error where nothing can be asked', () => {
    const bench = new AskingBench();
    const { server, round } = bench.begin(bench.request('tools/list', {}));
    server.refuse(server.last, required);
    expect(round.response.error?.code).toBe(ERROR_CODE.INTERNAL_ERROR);
  });
});

describe('a call whose client has gone before it is sent', () => {
  it('is not sent', () => {
    const bench = new AskingBench();
    const { round, call } = bench.begin();
    call.disconnected(round);
    call.start(() => {
      throw new Error('sent');
    });
    expect(bench.calls.size).toBe(0);
  });
});
