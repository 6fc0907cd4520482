import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotJsonRpc, parseMessage, type JsonRpcMessage } from '../mcp/json-rpc';
import { PassedCall } from './passed-call';
import { META } from './request-meta';
import { anyId, anyMessage } from './testing/any-message';
import { ALL_CAPABILITIES, AskingBench } from './testing/asking-bench';
import { FUZZ_TIMEOUT_MS, fuzzRuns } from './testing/fuzz-runs';
import { SimulatedLegacyServer } from './testing/legacy-server';
import { SimulatedModernServer } from './testing/modern-server';
import { RecordedRound } from './testing/recorded-round';
import { RecordingListener } from './testing/recording-listener';
import { SessionBench, settled } from './testing/session-bench';

const LOG_MESSAGE = 'notifications/message';

interface Endpoint {
  onMessage(message: JsonRpcMessage, text: string): void;
}

/** What a line of a server becomes: what is no JSON-RPC never reaches a connection. */
function write(endpoint: Endpoint, message: object): JsonRpcMessage | undefined {
  const text = JSON.stringify(message);
  try {
    const parsed = parseMessage(text);
    endpoint.onMessage(parsed, text);
    return parsed;
  } catch (error) {
    if (error instanceof NotJsonRpc) {
      return undefined;
    }
    throw error;
  }
}

/** Calls in flight with ids from 1: the first two want progress, the last listens. */
function callsOn(connection: SimulatedLegacyServer['connection'] | SimulatedModernServer['connection']) {
  return ['tools/call', 'tools/call', 'prompts/get', 'subscriptions/listen'].map((method, index) => {
    const listener = new RecordingListener();
    const params = { _meta: { ...(index < 2 && { progressToken: 'p' }), [META.LOG_LEVEL]: 'info' } };
    const request = { jsonrpc: '2.0' as const, id: 'x', method, params };
    connection.call(request, JSON.stringify(request), listener);
    return listener;
  });
}

/** Checks who has heard of a message: the call that it names, and nobody else. */
function checkHeard(message: JsonRpcMessage, calls: RecordingListener[], answersBefore: number[]): void {
  calls.forEach((listener, index) => {
    const own = index + 1;
    expect(listener.questions).toEqual([]);
    if (listener.answers.length > answersBefore[index]! && 'id' in message) {
      expect(message.id).toBe(own);
    }
    // A log message names no call: it is that of the only one.
    const isAlone = calls.filter(({ answers }, other) => other < 3 && answers.length === 0).length === 1;
    for (const { method, params } of listener.notifications.filter((each) => !isAlone || each.method !== LOG_MESSAGE)) {
      const { [META.SUBSCRIPTION_ID]: subscription } = (params?._meta ?? {}) as Record<string, unknown>;
      expect(method === 'notifications/progress' ? params?.progressToken : subscription).toBe(own);
      expect(method === 'notifications/progress' ? own <= 2 : own === 4).toBe(true);
    }
  });
}

describe('whatever a server writes', () => {
  it('is heard by the calls that it names only, by whichever connection', () => {
    fc.assert(fc.property(fc.boolean(), fc.array(anyMessage, { maxLength: 20 }), (isModern, messages) => {
      const { connection } = isModern ? new SimulatedModernServer() : new SimulatedLegacyServer();
      const calls = callsOn(connection);
      const over = new Set<unknown>();
      for (const message of messages) {
        calls.forEach(({ notifications }) => notifications.splice(0));
        const heard = calls.map(({ answers }) => answers.length);
        const parsed = write(connection, message);
        if (parsed !== undefined) {
          const late = calls.filter(({ notifications }, index) => heard[index] === 1 && notifications.length > 0);
          expect(late).toEqual([]);
          checkHeard(parsed, calls, heard);
          over.add('id' in parsed && !('method' in parsed) ? parsed.id : undefined);
        }
      }
      calls.forEach(({ answers }, index) =>
        expect(answers.length).toBeLessThanOrEqual(over.has(index + 1) || isModern ? 1 : 0));
      connection.fail({ type: 'unavailable', code: -1, message: 'gone' });
      calls.forEach(({ answers, failures }) => expect(answers.length + failures.length).toBe(1));
      expect(connection.size).toBe(0);
    }), fuzzRuns(500));
  }, FUZZ_TIMEOUT_MS);

  it('leaves a client of 2026-07-28 one answer of a server of before', () => {
    fc.assert(fc.property(fc.array(anyMessage, { maxLength: 20 }), fc.boolean(), (messages, roots) => {
      const bench = new AskingBench(true, { roots });
      const capabilities = { ...ALL_CAPABILITIES, roots: {} };
      const { round, server, call } = bench.begin(undefined, { capabilities }, 'debug');
      messages.forEach((message) => {
        write(server.connection, message);
        bench.clock.advance(15);
      });
      bench.clock.advance(600_000);
      call.cancel('over');
      expect([bench.calls.size, bench.clock.pending, server.connection.size]).toEqual([0, 0, 0]);
      expect(round.outcome === undefined || typeof round.response === 'object').toBe(true);
    }), fuzzRuns(500));
  }, FUZZ_TIMEOUT_MS);

  it('leaves a client of 2026-07-28 one answer of a server of its revision', () => {
    fc.assert(fc.property(fc.array(anyMessage, { maxLength: 20 }), anyId, fc.boolean(), (messages, id, listens) => {
      fc.pre(typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id)));
      const { connection } = new SimulatedModernServer();
      const method = listens ? 'subscriptions/listen' : 'tools/call';
      const params = { _meta: { progressToken: id, [META.LOG_LEVEL]: 'info' } };
      const round = new RecordedRound({ jsonrpc: '2.0', id: JSON.parse(JSON.stringify(id)) as string | number, method, params });
      const call = new PassedCall(round, { roots: false, onOver: () => undefined });
      call.start((listener) => connection.call(round.request, JSON.stringify(round.request), listener));
      messages.forEach((message) => write(connection, message));
      call.cancel('over');
      expect(connection.size).toBe(0);
    }), fuzzRuns(500));
  }, FUZZ_TIMEOUT_MS);

  it('leaves a session one answer to each of its requests', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(anyMessage, fc.nat(2))), async (messages) => {
      const bench = new SessionBench();
      const session = await bench.open();
      const ids = [session.request('tools/call', { name: 't', _meta: { progressToken: 1 } }), session.request('tools/list')];
      const { connection } = bench.server;
      for (const [message, answered] of messages) {
        // An answer to what is in flight says more than one to nobody.
        const current = bench.server.open.at(-1 - answered)?.request.id;
        write(connection, 'result' in message && current !== undefined ? { ...message, id: current } : message);
        session.questions.forEach(({ id }) => session.respond(id, { result: { action: 'accept', content: {} } }));
        bench.clock.advance(60);
      }
      session.request('resources/subscribe', { uri: 'u:1' });
      await settled();
      session.session.end();
      ids.forEach((id) => expect(session.answersTo(id).length).toBeLessThanOrEqual(1));
      expect([connection.size, bench.clock.pending, session.session.size]).toEqual([0, 0, 0]);
    }), fuzzRuns(300));
  }, FUZZ_TIMEOUT_MS);
});

describe('ids of every type', () => {
  it('come back to their clients as they were, whichever calls are in flight', () => {
    const anyIds = fc.uniqueArray(anyId.filter(isId), { minLength: 1, selector: (id) => JSON.stringify(id) });
    fc.assert(fc.property(anyIds, fc.array(fc.nat()), (ids, order) => {
      const server = new SimulatedModernServer();
      const rounds = ids.map((each) => {
        const id = JSON.parse(JSON.stringify(each)) as string | number;
        const params = { name: 't', tag: JSON.stringify(id), _meta: { progressToken: id } };
        const round = new RecordedRound({ jsonrpc: '2.0', id, method: 'tools/call', params });
        new PassedCall(round, { roots: false, onOver: () => undefined })
          .start((listener) => server.connection.call(round.request, JSON.stringify(round.request), listener));
        return round;
      });
      while (server.open.length > 0) {
        const request = server.open[(order.pop() ?? 0) % server.open.length]!;
        server.progress(request, { message: request.request.params?.tag });
        server.answer(request, { tag: request.request.params?.tag });
      }
      for (const { response, request, notifications } of rounds) {
        expect(response).toMatchObject({ id: request.id, result: { tag: JSON.stringify(request.id) } });
        expect(notifications.map(({ params }) => params)).toEqual([
          { progressToken: request.id, message: JSON.stringify(request.id) },
        ]);
      }
    }), fuzzRuns(300));
  }, FUZZ_TIMEOUT_MS);
});

function isId(id: unknown): id is string | number {
  return typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id));
}
