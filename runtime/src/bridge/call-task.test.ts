import { describe, expect, it } from 'vitest';
import { ERROR_CODE } from '../mcp/json-rpc';
import { TASKS_CAPABILITY } from './call-task';
import { ALL_CAPABILITIES, ANSWER_MS, AskingBench, TASK_AFTER_MS, TASK_TTL_MS } from './testing/asking-bench';
import { RecordedRound, type RoundOptions } from './testing/recorded-round';

const KNOWS_TASKS = { capabilities: { ...ALL_CAPABILITIES, ...TASKS_CAPABILITY } };
const ANSWER = { action: 'accept', content: {} };

function slow(bench = new AskingBench(), options: RoundOptions = KNOWS_TASKS) {
  const started = bench.begin(undefined, options);
  bench.clock.advance(TASK_AFTER_MS);
  return { bench, ...started, taskId: started.round.outcome && started.round.result.taskId };
}

function ask(bench: AskingBench, method: string, taskId: unknown, params: object = {}, principal = 'somebody') {
  const request = bench.request(method, { taskId, ...params });
  const outcome = bench.calls.onTaskRequest(new RecordedRound(request, { principal }));
  return outcome && (JSON.parse(outcome.text) as { result: Record<string, unknown> }).result;
}

describe('a call that takes long', () => {
  it('becomes a task where its client knows tasks', () => {
    const { bench, round, taskId } = slow();
    expect(round.result).toMatchObject({ resultType: 'task', status: 'working', ttlMs: TASK_TTL_MS });
    expect(ask(bench, 'tasks/get', taskId)).toMatchObject({ resultType: 'complete', status: 'working', taskId });
  });

  it('goes on as it is where its client knows none, or the method has none', () => {
    expect(slow(undefined, { capabilities: ALL_CAPABILITIES }).round.isOpen).toBe(true);
    const bench = new AskingBench();
    const { round } = bench.begin(bench.request('prompts/get', { name: 'p' }), KNOWS_TASKS);
    bench.clock.advance(TASK_AFTER_MS);
    expect(round.isOpen).toBe(true);
  });

  it('becomes one after its questions are answered, if the retry knows tasks', () => {
    for (const isKnown of [true, false]) {
      const bench = new AskingBench();
      const started = bench.begin(undefined, KNOWS_TASKS);
      started.server.ask();
      bench.clock.advance(TASK_AFTER_MS);
      const options = isKnown ? KNOWS_TASKS : { capabilities: ALL_CAPABILITIES };
      const retry = bench.retry(started, started.round.result.requestState, { 'question-1': ANSWER }, {}, options);
      bench.clock.advance(TASK_AFTER_MS);
      expect(retry.isOpen ? 'waits' : retry.result.resultType).toBe(isKnown ? 'task' : 'waits');
    }
  });

  it('leaves no timer when it was not so long', () => {
    const bench = new AskingBench();
    const { server } = bench.begin(undefined, KNOWS_TASKS);
    server.answer(server.last);
    expect(bench.clock.pending).toBe(0);
  });

  it('becomes none in a pod that drains', () => {
    const bench = new AskingBench();
    bench.calls.drain();
    expect(slow(bench).round.isOpen).toBe(true);
  });
});

describe('a task', () => {
  it('survives that its client goes away', () => {
    const { bench, call, round, server, taskId } = slow();
    call.disconnected(round);
    server.answer(server.last, { content: [], n: 1 });
    expect(ask(bench, 'tasks/get', taskId)).toMatchObject({
      status: 'completed', result: { resultType: 'complete', content: [], n: 1 },
    });
  });

  it('gives the result as the server wrote it', () => {
    const { bench, server, taskId } = slow();
    server.toBridge.write('{"jsonrpc":"2.0","id":1,"result":{"content":[],"n":12345678901234567890}}');
    const round = new RecordedRound(bench.request('tasks/get', { taskId }));
    expect(bench.calls.onTaskRequest(round)?.text).toContain('12345678901234567890');
  });

  it('has failed when its answer is an error, or the server has died', () => {
    for (const fail of ['refuse', 'die'] as const) {
      const { bench, server, taskId } = slow();
      if (fail === 'refuse') {
        server.refuse(server.last, { code: -1, message: 'no' });
      } else {
        server.die();
      }
      expect(ask(bench, 'tasks/get', taskId)).toMatchObject({ status: 'failed', error: { code: expect.any(Number) as number } });
    }
  });

  it('asks its client, which answers by tasks/update', () => {
    const { bench, server, taskId } = slow();
    const question = server.ask();
    const { status, inputRequests } = ask(bench, 'tasks/get', taskId)!;
    expect([status, Object.keys(inputRequests as object)]).toEqual(['input_required', ['question-1']]);
    expect(ask(bench, 'tasks/update', taskId, { inputResponses: { 'question-1': ANSWER } })).toEqual({ resultType: 'complete' });
    expect(question.answers.map(({ result }) => result)).toEqual([ANSWER]);
    expect(ask(bench, 'tasks/get', taskId)).toMatchObject({ status: 'working' });
  });

  it('takes no answer that is nested without end', () => {
    const { bench, server, taskId } = slow();
    const question = server.ask();
    const content = { x: JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown };
    ask(bench, 'tasks/update', taskId, { inputResponses: { 'question-1': { action: 'accept', content } } });
    expect(question.answers).toEqual([]);
    expect(ask(bench, 'tasks/get', taskId)).toMatchObject({ status: 'input_required' });
  });

  it('gives each question its own time to be answered', () => {
    const { bench, server, taskId } = slow();
    const first = server.ask();
    bench.clock.advance(ANSWER_MS / 2);
    const second = server.ask();
    ask(bench, 'tasks/update', taskId, { inputResponses: { 'question-1': ANSWER } });
    bench.clock.advance(ANSWER_MS / 2);
    expect([first.answers.length, second.answers.length]).toEqual([1, 0]);
    bench.clock.advance(ANSWER_MS / 2);
    expect(second.answers.map(({ result }) => result)).toEqual([{ action: 'cancel' }]);
    expect(ask(bench, 'tasks/get', taskId)).toMatchObject({ status: 'working' });
  });

  it('answers for its client even when it has become a task by a retry', () => {
    const bench = new AskingBench();
    const started = bench.begin(undefined, KNOWS_TASKS);
    started.server.ask();
    bench.clock.advance(20);
    bench.retry(started, started.round.result.requestState, { 'question-1': ANSWER });
    bench.clock.advance(TASK_AFTER_MS);
    const question = started.server.ask();
    bench.clock.advance(ANSWER_MS);
    expect(question.answers).toHaveLength(1);
  });

  it('is cancelled by tasks/cancel', () => {
    const { bench, server, taskId } = slow();
    expect(ask(bench, 'tasks/cancel', taskId)).toEqual({ resultType: 'complete' });
    expect(server.last.state).toBe('cancelled');
    expect(ask(bench, 'tasks/get', taskId)).toMatchObject({ status: 'cancelled' });
  });

  it('that is completed stays so when it is cancelled', () => {
    const { bench, server, taskId } = slow();
    server.answer(server.last);
    ask(bench, 'tasks/cancel', taskId);
    expect(ask(bench, 'tasks/get', taskId)).toMatchObject({ status: 'completed' });
  });

  it('does not exist for another principal', () => {
    const { bench, server, taskId } = slow();
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      expect(ask(bench, method, taskId, {}, 'another')).toBeUndefined();
      expect(ask(bench, method, taskId, {}, '')).toBeUndefined();
      expect(ask(bench, method, [taskId])).toBeUndefined();
    }
    expect(server.last.state).toBe('open');
  });

  it('fails when the server requires an elicitation by URL: nobody can repeat its request', () => {
    const { bench, server, taskId } = slow();
    server.refuse(server.last, {
      code: ERROR_CODE.URL_ELICITATION_REQUIRED, message: '', data: { elicitations: [{ url: 'https://a.example/' }] },
    });
    expect(ask(bench, 'tasks/get', taskId)).toMatchObject({ status: 'failed', error: { code: ERROR_CODE.INTERNAL_ERROR } });
  });

  it('is forgotten when its time is over', () => {
    const { bench, server, taskId } = slow();
    server.ask();
    bench.clock.advance(TASK_TTL_MS);
    expect(ask(bench, 'tasks/get', taskId)).toBeUndefined();
    expect(server.last.state).toBe('cancelled');
    expect([bench.calls.size, bench.clock.pending]).toEqual([0, 0]);
  });

  it('counts as one of the calls that may be parked', () => {
    const bench = new AskingBench(true, { parkedCallsPerPrincipal: 1 });
    slow(bench);
    expect(slow(bench).round.isOpen).toBe(true);
  });
});
