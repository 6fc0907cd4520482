import { describe, expect, it } from 'vitest';
import { ERROR_CODE } from '../mcp/json-rpc';
import { ALL_CAPABILITIES, ANSWER_MS, AskingBench, type StartedCall } from './testing/asking-bench';
import type { RecordedRound } from './testing/recorded-round';

const ANSWERS = { 'question-1': { action: 'accept', content: {} } };

function park(bench: AskingBench, params: Record<string, unknown> = { name: 'tool' }, principal = 'somebody') {
  const started = bench.begin(bench.request('tools/call', params), { principal, capabilities: ALL_CAPABILITIES });
  const question = started.server.ask();
  bench.clock.advance(20);
  return { started, question, state: started.round.result.requestState };
}

function expectRefused(round: RecordedRound, { server }: StartedCall): void {
  expect(round.response.error?.code).toBe(ERROR_CODE.INVALID_PARAMS);
  expect(server.calls).toHaveLength(1);
  expect(server.questions.flatMap(({ answers }) => answers)).toEqual([]);
}

describe('a requestState', () => {
  it('is consumed once', () => {
    const bench = new AskingBench();
    const { started, question, state } = park(bench);
    bench.retry(started, state, ANSWERS);
    expect(bench.retry(started, state, ANSWERS).response.error?.code).toBe(ERROR_CODE.INVALID_PARAMS);
    started.server.ask();
    bench.clock.advance(20);
    expect(bench.retry(started, state, ANSWERS).response.error?.code).toBe(ERROR_CODE.INVALID_PARAMS);
    expect(question.answers).toHaveLength(1);
    expect(started.server.calls).toHaveLength(1);
  });

  it.each([['unknown', 'x'], ['no string', 5], ['empty', ''], ['null', null]])('that is %s is refused', (_, state) => {
    const bench = new AskingBench();
    const { started } = park(bench);
    expectRefused(bench.retry(started, state, ANSWERS), started);
  });

  it('of another process is refused', () => {
    const bench = new AskingBench();
    const { started } = park(bench);
    expectRefused(bench.retry(started, park(new AskingBench()).state, ANSWERS), started);
  });

  it('that is altered is refused', () => {
    const bench = new AskingBench();
    const { started, state } = park(bench);
    const text = String(state);
    expectRefused(bench.retry(started, `${text.slice(0, -2)}${text.at(-2) === 'A' ? 'B' : 'A'}${text.at(-1)}`), started);
  });

  it('that has expired is refused', () => {
    const bench = new AskingBench();
    const { started, state } = park(bench);
    bench.clock.advance(ANSWER_MS - 20);
    expect(bench.retry(started, state, ANSWERS).response.error?.code).toBe(ERROR_CODE.INVALID_PARAMS);
    expect(started.server.last.state).toBe('cancelled');
  });

  it('of another principal is refused', () => {
    const bench = new AskingBench();
    const { started, state } = park(bench);
    for (const principal of ['somebody else', '']) {
      expectRefused(bench.retry(started, state, ANSWERS, {}, { principal, capabilities: ALL_CAPABILITIES }), started);
    }
  });

  it('of another method is refused', () => {
    const bench = new AskingBench();
    const { started, state } = park(bench);
    const request = bench.request('prompts/get', { name: 'tool', inputResponses: ANSWERS, requestState: state });
    expectRefused(bench.resume(request, started.round), started);
  });

  it('of another target, or of other params, is refused', () => {
    const bench = new AskingBench();
    const { started, state } = park(bench, { name: 'tool', arguments: { a: 1 } });
    for (const changes of [{ name: 'other' }, { arguments: { a: 2 } }, { arguments: undefined }, { more: true }]) {
      expectRefused(bench.retry(started, state, ANSWERS, changes), started);
    }
  });

  it('goes with params that are the same but for their order and `_meta`', () => {
    const bench = new AskingBench();
    const { started, question, state } = park(bench, { name: 'tool', arguments: { a: 1, b: [{ c: 2, d: 3 }] } });
    bench.retry(started, state, ANSWERS, { arguments: { b: [{ d: 3, c: 2 }], a: 1 }, _meta: { x: 1 } });
    expect(question.answers).toHaveLength(1);
  });

  it('that is refused leaves the call to the right retry', () => {
    const bench = new AskingBench();
    const { started, question, state } = park(bench);
    bench.retry(started, state, ANSWERS, { name: 'other' });
    bench.retry(started, state, ANSWERS);
    expect(question.answers).toHaveLength(1);
  });

  it('of a request nested without end is refused, and such a call is not parked', () => {
    const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    const bench = new AskingBench();
    const { started, state } = park(bench);
    expectRefused(bench.retry(started, state, ANSWERS, { arguments: nested(50_000) }), started);
    const other = bench.begin(bench.request('tools/call', { name: nested(1000) }));
    other.server.ask();
    bench.clock.advance(20);
    expect(other.round.response.error?.code).toBe(ERROR_CODE.INVALID_PARAMS);
  });
});

describe('bounds of parked calls', () => {
  it('hold for each principal', () => {
    const bench = new AskingBench(true, { parkedCallsPerPrincipal: 2 });
    park(bench);
    const second = park(bench);
    const third = park(bench);
    expect(third.started.round.outcome?.status).toBe(429);
    expect(third.started.server.last.state).toBe('cancelled');
    expect(park(bench, undefined, 'another').started.round.result.resultType).toBe('input_required');
    bench.retry(second.started, second.state, ANSWERS);
    expect(park(bench).started.round.result.resultType).toBe('input_required');
  });

  it('hold for all together', () => {
    const bench = new AskingBench(true, { parkedCalls: 2 });
    park(bench, undefined, 'a');
    park(bench, undefined, 'b');
    const third = park(bench, undefined, 'c');
    expect(third.started.round.outcome?.status).toBe(503);
    expect(third.question.answers).toHaveLength(1);
  });

  it('do not count those that nobody knows as one', () => {
    const bench = new AskingBench(true, { parkedCallsPerPrincipal: 1 });
    park(bench, undefined, '');
    expect(park(bench, undefined, '').started.round.result.resultType).toBe('input_required');
  });
});

describe('a pod that drains', () => {
  it('parks nothing, and continues what is parked', () => {
    const bench = new AskingBench();
    const { started, question, state } = park(bench);
    bench.calls.drain();
    const other = park(bench);
    expect(other.started.round.outcome?.status).toBe(503);
    const retry = bench.retry(started, state, ANSWERS);
    expect(question.answers).toHaveLength(1);
    started.server.answer(started.server.last);
    expect(retry.result.resultType).toBe('complete');
    expect([bench.calls.size, bench.clock.pending]).toEqual([0, 0]);
  });
});
