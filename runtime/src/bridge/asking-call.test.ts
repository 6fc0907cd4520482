import { describe, expect, it } from 'vitest';
import { ERROR_CODE } from '../mcp/json-rpc';
import { ALL_CAPABILITIES, AskingBench } from './testing/asking-bench';
import { asked, parked } from './testing/parked-call';

const ACCEPTED = { action: 'accept', content: { name: 'Ada' } };

describe('a question in mid-call', () => {
  it('becomes the result input_required', () => {
    const { started, question } = parked();
    expect(started.round.result).toEqual({
      resultType: 'input_required',
      inputRequests: { 'question-1': { method: 'elicitation/create', params: question.params } },
      requestState: expect.any(String) as string,
    });
    expect(started.round.outcome?.status).toBe(200);
  });

  it('shares a result with those that come within 20 ms', () => {
    const bench = new AskingBench();
    const started = bench.begin();
    started.server.ask();
    bench.clock.advance(19);
    started.server.ask(undefined, 'sampling/createMessage');
    expect(started.round.isOpen).toBe(true);
    bench.clock.advance(1);
    expect(asked(started).keys).toEqual(['question-1', 'question-2']);
  });

  it('is answered by the retry, whose answer is that of the call', () => {
    const { bench, started, question, state } = parked();
    const retry = bench.retry(started, state, { 'question-1': ACCEPTED });
    expect(question.answers).toEqual([{ jsonrpc: '2.0', id: question.id, result: ACCEPTED }]);
    started.server.answer(started.server.last, { content: [{ type: 'text', text: 'Hi' }] });
    expect(retry.result).toEqual({ resultType: 'complete', content: [{ type: 'text', text: 'Hi' }] });
    expect(started.server.calls).toHaveLength(1);
    expect([bench.calls.size, bench.clock.pending]).toEqual([0, 0]);
  });

  it.each(['prompts/get', 'resources/read'])('is passed on from %s', (method) => {
    const bench = new AskingBench();
    const started = bench.begin(bench.request(method, { name: 'p', uri: 'u:1' }));
    started.server.ask();
    bench.clock.advance(20);
    expect(started.round.result.resultType).toBe('input_required');
  });

  it.each(['tools/list', 'completion/complete'])('is refused in %s, which cannot ask', (method) => {
    const bench = new AskingBench();
    const { server, round } = bench.begin(bench.request(method, {}));
    const { answers: [refusal] } = server.ask();
    expect(refusal?.error?.code).toBe(ERROR_CODE.METHOD_NOT_FOUND);
    server.answer(server.last, {});
    expect(round.result.resultType).toBe('complete');
  });

  it('for roots is refused where they are not passed on', () => {
    const bench = new AskingBench();
    const { server } = bench.begin(undefined, { capabilities: { ...ALL_CAPABILITIES, roots: {} } });
    expect(server.ask(undefined, 'roots/list').answers[0]?.error?.code).toBe(ERROR_CODE.METHOD_NOT_FOUND);
  });

  it('for roots is passed on where they are', () => {
    const bench = new AskingBench(true, { roots: true });
    const started = bench.begin(undefined, { capabilities: { roots: {} } });
    started.server.ask(undefined, 'roots/list');
    bench.clock.advance(20);
    expect(asked(started).inputRequests).toEqual({ 'question-1': { method: 'roots/list', params: {} } });
  });

  it('that the server withdraws at once is not passed on', () => {
    const bench = new AskingBench();
    const { server, round } = bench.begin();
    server.withdraw(server.ask());
    bench.clock.advance(1000);
    expect(round.isOpen).toBe(true);
    server.answer(server.last);
    expect(round.result.resultType).toBe('complete');
  });

  it('with the id of one that is open does not get the answer of that one', () => {
    const bench = new AskingBench();
    const started = bench.begin();
    started.server.ask(undefined, 'elicitation/create', { message: 'first' }, 'x');
    started.server.ask(undefined, 'elicitation/create', { message: 'second' }, 'x');
    bench.clock.advance(20);
    expect(asked(started).keys).toEqual(['question-1']);
    expect(started.server.strays).toHaveLength(1);
  });

  it('that is nested too deeply is refused', () => {
    const bench = new AskingBench();
    const { server, round } = bench.begin();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    server.toBridge.write(`{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{"x":${deep}}}`);
    bench.clock.advance(20);
    expect(server.received.at(-1)).toMatchObject({ id: 'q', error: { code: ERROR_CODE.INVALID_PARAMS } });
    expect(round.isOpen).toBe(true);
  });
});

describe('a question for which the client has no capability', () => {
  it('ends the call with -32021 and HTTP status 400', () => {
    const bench = new AskingBench();
    const { server, round } = bench.begin(undefined, { capabilities: { elicitation: {} } });
    const question = server.ask(undefined, 'sampling/createMessage');
    expect(round.outcome?.status).toBe(400);
    expect(round.response.error).toMatchObject({
      code: ERROR_CODE.MISSING_CLIENT_CAPABILITY, data: { requiredCapabilities: { sampling: {} } },
    });
    expect(server.last.state).toBe('cancelled');
    expect(question.answers).toHaveLength(1);
  });

  it('is not asked of a retry that has lost the capability', () => {
    const { bench, started, state } = parked();
    const retry = bench.retry(started, state, {}, {}, { capabilities: { sampling: {} } });
    expect(retry.response.error?.code).toBe(ERROR_CODE.MISSING_CLIENT_CAPABILITY);
    expect(started.server.last.state).toBe('cancelled');
  });

  it('is asked of a retry that has won the capability', () => {
    const { bench, started, state } = parked(new AskingBench(), { capabilities: { elicitation: {} } });
    const options = { capabilities: ALL_CAPABILITIES };
    const retry = bench.retry(started, state, { 'question-1': ACCEPTED }, {}, options);
    started.server.ask(undefined, 'sampling/createMessage');
    bench.clock.advance(20);
    expect(retry.result.resultType).toBe('input_required');
  });
});
