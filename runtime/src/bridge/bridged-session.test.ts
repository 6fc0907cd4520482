import { describe, expect, it } from 'vitest';
import { ERROR_CODE } from '../mcp/json-rpc';
import { META } from './request-meta';
import { SessionBench, settled } from './testing/session-bench';

describe('a session with a server of 2026-07-28', () => {
  it('begins with what the server says of itself', async () => {
    const bench = new SessionBench();
    const session = bench.session();
    session.request('initialize', { protocolVersion: '2025-06-18', capabilities: { roots: {}, sampling: {} }, clientInfo: { name: 'c', version: '1' } }, 0);
    expect(bench.server.last.request).toMatchObject({
      method: 'server/discover',
      params: { _meta: { [META.CLIENT_CAPABILITIES]: { sampling: {} }, [META.CLIENT_INFO]: { name: 'c', version: '1' } } },
    });
    bench.server.answer(undefined, { capabilities: { tools: {} }, instructions: 'Be kind' });
    await settled();
    expect(session.answersTo(0)[0]?.result).toMatchObject({
      protocolVersion: '2025-06-18', capabilities: { tools: {} }, instructions: 'Be kind', serverInfo: { name: 'server' },
    });
  });

  it.each(['refuses', 'dies', 'gives nothing'])('does not begin when the server %s', async (how) => {
    const bench = new SessionBench();
    const session = bench.session();
    session.request('initialize', {}, 0);
    if (how === 'dies') {
      bench.server.die();
    } else if (how === 'refuses') {
      bench.server.refuse();
    } else {
      bench.server.write({ id: bench.server.last.request.id, result: null });
    }
    await settled();
    expect(session.answersTo(0)[0]?.error).toMatchObject({
      code: ERROR_CODE.INTERNAL_ERROR, message: expect.not.stringContaining('undefined') as string,
    });
  });

  it('answers by itself what no such server knows', async () => {
    const bench = new SessionBench();
    const session = await bench.open();
    const { last } = bench.server;
    const [ping, level, wrong] = [
      session.request('ping'), session.request('logging/setLevel', { level: 'info' }),
      session.request('logging/setLevel', { level: 'loud' }),
    ];
    expect([ping, level].map((id) => session.answersTo(id)[0]?.result)).toEqual([{}, {}]);
    expect(session.answersTo(wrong)[0]?.error?.code).toBe(ERROR_CODE.INVALID_PARAMS);
    expect(bench.server.last).toBe(last);
  });

  it.each(['tasks/get', 'server/discover', 'subscriptions/listen'])('has no %s', async (method) => {
    const session = await new SessionBench().open();
    expect(session.answersTo(session.request(method, {}))[0]?.error?.code).toBe(ERROR_CODE.METHOD_NOT_FOUND);
  });

  it.each([undefined, { uri: 5 }, { uri: [['u:1']] }])('subscribes to no resource by %j', async (params) => {
    const session = await new SessionBench().open();
    for (const method of ['resources/subscribe', 'resources/unsubscribe']) {
      expect(session.answersTo(session.request(method, params))[0]?.error?.code).toBe(ERROR_CODE.INVALID_PARAMS);
    }
  });

  it('does not mix its ids with those of another', async () => {
    const bench = new SessionBench();
    const sessions = [await bench.open(), await bench.open()];
    const [one, two] = sessions.map((session) => {
      session.request('tools/call', { name: 't' }, 7);
      return bench.server.last;
    });
    bench.server.answer(two, { of: 'two' });
    bench.server.answer(one, { of: 'one' });
    expect(sessions.map((session) => session.answersTo(7).map(({ result }) => result?.of))).toEqual([['one'], ['two']]);
  });

  it('does not take the answer of another to its question', async () => {
    const bench = new SessionBench();
    const sessions = [await bench.open(), await bench.open()];
    sessions[0]!.request('tools/call', { name: 't' });
    const first = bench.server.last;
    bench.server.answer(first, { resultType: 'input_required', inputRequests: { a: { method: 'elicitation/create' } } });
    const [question] = sessions[0]!.questions;
    sessions[1]!.respond(question!.id, { result: { action: 'accept' } });
    expect(bench.server.last).toBe(first);
    sessions[0]!.respond(question!.id, { result: { action: 'accept' } });
    expect(bench.server.last).not.toBe(first);
  });

  it('cancels all that it has asked for when it ends', async () => {
    const bench = new SessionBench();
    const session = await bench.open();
    session.request('tools/call', { name: 't' });
    session.session.end();
    expect(bench.server.requests.filter(({ state }) => state === 'open')).toEqual([]);
    expect([bench.server.connection.size, bench.clock.pending, session.session.size]).toEqual([0, 0, 0]);
  });
});
