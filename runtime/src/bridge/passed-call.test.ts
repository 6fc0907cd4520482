import { describe, expect, it } from 'vitest';
import { ALL_REVISIONS } from '../mcp/versions';
import { PassedCall, withoutRoots } from './passed-call';
import { META } from './request-meta';
import { SimulatedModernServer } from './testing/modern-server';
import { RecordedRound } from './testing/recorded-round';

function pass(server: SimulatedModernServer, method = 'tools/call', params: Record<string, unknown> = {}, id: string | number = 'mine') {
  const round = new RecordedRound({ jsonrpc: '2.0', id, method, params });
  const over: unknown[] = [];
  const call = new PassedCall(round, { roots: false, onOver: (response) => over.push(response) });
  call.start((listener) => server.connection.call(round.request, JSON.stringify(round.request), listener));
  return { round, call, over, received: server.last };
}

describe('a request of 2026-07-28 to a server of the same revision', () => {
  it('has its own id and progress token on both sides', () => {
    const server = new SimulatedModernServer();
    const calls = [1, 1, 'x'].map((id) => pass(server, 'tools/call', { _meta: { progressToken: id } }, id));
    calls.forEach(({ received }, index) => server.progress(received, { progress: index }));
    calls.toReversed().forEach(({ received }) => server.answer(received, { of: received.request.id }));
    expect(calls.map(({ round }) => round.notifications.map(({ params }) => params))).toEqual([
      [{ progressToken: 1, progress: 0 }], [{ progressToken: 1, progress: 1 }], [{ progressToken: 'x', progress: 2 }],
    ]);
    expect(calls.map(({ round }) => [round.response.id, round.result.of])).toEqual([[1, 1], [1, 2], ['x', 3]]);
  });

  it('does not hear of progress that it has not asked for', () => {
    const server = new SimulatedModernServer();
    const { round, received } = pass(server);
    server.progress(received, { progress: 1 });
    expect(round.notifications).toEqual([]);
  });

  it('hears of its subscription under its own id, to the end', () => {
    const server = new SimulatedModernServer();
    const { round, received } = pass(server, 'subscriptions/listen', { notifications: { toolsListChanged: true } });
    server.acknowledge(received);
    server.tell(received, 'notifications/tools/list_changed');
    server.answer(received, { _meta: { [META.SUBSCRIPTION_ID]: received.request.id } });
    const ids = [...round.notifications.map(({ params }) => params), round.result]
      .map((each) => (each?._meta as Record<string, unknown>)[META.SUBSCRIPTION_ID]);
    expect(ids).toEqual(['mine', 'mine', 'mine']);
  });

  it('learns that all revisions are served', () => {
    const server = new SimulatedModernServer();
    const { round } = pass(server, 'server/discover');
    server.answer(undefined, { supportedVersions: ['2026-07-28'], capabilities: {} });
    expect(round.result.supportedVersions).toEqual(ALL_REVISIONS);
  });

  it.each([[-32601, 404], [-32020, 400], [-32021, 400], [-32022, 400], [-32602, 200]])(
    'gets error %d with HTTP status %d', (code, status) => {
      const server = new SimulatedModernServer();
      const { round } = pass(server);
      server.refuse(undefined, code);
      expect(round.outcome?.status).toBe(status);
    });

  it('is not asked for roots', () => {
    const server = new SimulatedModernServer();
    const { round } = pass(server);
    server.answer(undefined, {
      resultType: 'input_required',
      inputRequests: { a: { method: 'elicitation/create' }, b: { method: 'roots/list' } },
    });
    expect(round.response.error).toBeDefined();
  });

  it.each([null, 'x', 5, [null], { a: null }])('survives %j as what is asked', (inputRequests) => {
    const server = new SimulatedModernServer();
    const { round } = pass(server);
    server.answer(undefined, { resultType: 'input_required', inputRequests });
    expect(round.isOpen).toBe(false);
  });

  it('is cancelled when its client goes away', () => {
    const server = new SimulatedModernServer();
    const { round, call, over, received } = pass(server);
    round.isGone = true;
    call.cancel('gone');
    call.cancel('gone');
    expect(received.state).toBe('cancelled');
    server.answer(received);
    expect(over).toEqual([undefined]);
    expect(server.connection.size).toBe(0);
  });

  it('is not sent when its client has gone away before', () => {
    const round = new RecordedRound({ jsonrpc: '2.0', id: 1, method: 'tools/call' });
    const call = new PassedCall(round, { roots: false, onOver: () => undefined });
    call.cancel('gone');
    call.start(() => {
      throw new Error('sent');
    });
    expect(round.outcome).toBeUndefined();
  });

  it('fails when the server is gone', () => {
    const server = new SimulatedModernServer();
    const { round, over } = pass(server);
    server.die();
    expect(round.outcome?.failure).toBe('unavailable');
    expect(over).toEqual([undefined]);
  });
});

describe('withoutRoots', () => {
  it('takes the capability and the roots away, and leaves the rest', () => {
    const params = {
      n: 1,
      _meta: { [META.CLIENT_CAPABILITIES]: { roots: {}, sampling: {} } },
      inputResponses: { a: { roots: [{ uri: 'file:///' }] }, b: { action: 'accept', content: { roots: 1 } } },
    };
    const request = { jsonrpc: '2.0' as const, id: 1, method: 'tools/call', params };
    expect(JSON.parse(withoutRoots(request, JSON.stringify(request)))).toEqual({
      ...request,
      params: {
        n: 1, _meta: { [META.CLIENT_CAPABILITIES]: { sampling: {} } },
        inputResponses: { b: { action: 'accept', content: { roots: 1 } } },
      },
    });
  });
});
