import { describe, expect, it } from 'vitest';
import { META } from './request-meta';
import { SessionBench, settled } from './testing/session-bench';
import type { SimulatedSession } from './testing/simulated-session';

const LISTS = { toolsListChanged: true, resourcesListChanged: true };

async function subscribed() {
  const bench = new SessionBench();
  const session = await bench.open();
  bench.server.acknowledge();
  return { bench, session, server: bench.server };
}

function told(session: SimulatedSession): unknown[] {
  return session.notifications.map(({ params }) => params?.tag);
}

describe('a session with a server whose lists change', () => {
  it('subscribes when the client is ready', async () => {
    const { server, session } = await subscribed();
    expect(server.last.request).toMatchObject({ method: 'subscriptions/listen', params: { notifications: LISTS } });
    server.tell(server.last, 'notifications/tools/list_changed', { tag: 1 });
    expect(session.notifications).toEqual([{
      jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: { tag: 1, _meta: {} }, related: undefined,
    }]);
  });

  it('does not where there is nothing to hear', async () => {
    const bench = new SessionBench();
    await bench.open(undefined, { tools: {} });
    expect(bench.server.subscriptions).toEqual([]);
  });
});

describe('a subscription to a resource', () => {
  it('opens a new one, and closes the old when the server has agreed: nothing is lost or told twice', async () => {
    const { server, session } = await subscribed();
    const old = server.last;
    const id = session.request('resources/subscribe', { uri: 'u:1' });
    const { last } = server;
    expect(last.request.params).toMatchObject({ notifications: { ...LISTS, resourceSubscriptions: ['u:1'] } });
    server.tell(old, 'notifications/tools/list_changed', { tag: 'before' });
    expect(session.answersTo(id)).toEqual([]);
    server.acknowledge(last);
    for (const subscription of [old, last]) {
      server.tell(subscription, 'notifications/tools/list_changed', { tag: 'after' });
    }
    server.tell(last, 'notifications/resources/updated', { uri: 'u:1', tag: 'updated' });
    await settled();
    expect(session.answersTo(id)[0]?.result).toEqual({});
    expect(told(session)).toEqual(['before', 'after', 'updated']);
    expect(old.state).toBe('cancelled');
  });

  it('fails when the server does not agree to it', async () => {
    for (const acknowledgement of [{}, { resourceSubscriptions: [] }, { resourceSubscriptions: 'u:1' }, null, 'u:1']) {
      const { server, session } = await subscribed();
      const id = session.request('resources/subscribe', { uri: 'u:1' });
      server.acknowledge(server.last, acknowledgement ?? 0);
      await settled();
      expect(session.answersTo(id)[0]?.error?.message).toContain('does not tell');
    }
  });

  it('that has failed is not asked for again with another', async () => {
    const { server, session } = await subscribed();
    session.request('resources/subscribe', { uri: 'u:1' });
    server.refuse(server.last);
    await settled();
    session.request('resources/subscribe', { uri: 'u:2' });
    expect(server.last.request.params).toMatchObject({ notifications: { resourceSubscriptions: ['u:2'] } });
  });

  it('leaves the former subscription when the server refuses it', async () => {
    const { server, session } = await subscribed();
    const former = server.last;
    session.request('resources/subscribe', { uri: 'u:1' });
    server.refuse(server.last);
    server.tell(former, 'notifications/tools/list_changed', { tag: 1 });
    expect(told(session)).toEqual([1]);
  });

  it('gives way to a later one that it has no answer to, and succeeds with it', async () => {
    const { server, session } = await subscribed();
    const ids = ['u:1', 'u:2'].map((uri) => session.request('resources/subscribe', { uri }));
    server.acknowledge(server.last);
    await settled();
    expect(ids.map((id) => session.answersTo(id)[0]?.result)).toEqual([{}, {}]);
    expect(server.subscriptions).toHaveLength(1);
  });

  it('does not lose what the first subscription tells meanwhile', async () => {
    const bench = new SessionBench();
    const session = await bench.open();
    const { server } = bench;
    const first = server.last;
    session.request('resources/subscribe', { uri: 'u:1' });
    server.acknowledge(first);
    server.tell(first, 'notifications/tools/list_changed', { tag: 1 });
    server.acknowledge(server.last);
    server.tell(server.last, 'notifications/tools/list_changed', { tag: 2 });
    expect(told(session)).toEqual([1, 2]);
    expect(server.subscriptions).toHaveLength(1);
  });

  it('ends at once for the client when it unsubscribes', async () => {
    const { server, session } = await subscribed();
    session.request('resources/subscribe', { uri: 'u:1' });
    const old = server.last;
    server.acknowledge(old);
    await settled();
    const id = session.request('resources/unsubscribe', { uri: 'u:1' });
    server.tell(old, 'notifications/resources/updated', { uri: 'u:1', tag: 'late' });
    server.tell(old, 'notifications/tools/list_changed', { tag: 'list' });
    server.acknowledge(server.last);
    await settled();
    expect(session.answersTo(id)[0]?.result).toEqual({});
    expect(told(session)).toEqual(['list']);
  });
});

describe('a subscription that the server ends', () => {
  it.each(['answer', 'cancelled', 'error'])('by an %s is opened anew', async (how) => {
    const { bench, server, session } = await subscribed();
    const { last } = server;
    if (how === 'answer') {
      server.answer(last, { _meta: { [META.SUBSCRIPTION_ID]: last.request.id } });
    } else if (how === 'error') {
      server.refuse(last);
    } else {
      last.state = 'cancelled';
      server.write({ method: 'notifications/cancelled', params: { requestId: last.request.id } });
    }
    expect(server.subscriptions).toEqual([]);
    bench.clock.advance(1000);
    server.acknowledge(server.last);
    server.tell(server.last, 'notifications/tools/list_changed', { tag: 1 });
    expect(told(session)).toEqual([1]);
  });

  it('by dying is opened anew with the next process', async () => {
    const { bench, session } = await subscribed();
    bench.restart();
    bench.clock.advance(1000);
    bench.server.acknowledge();
    bench.server.tell(bench.server.last, 'notifications/tools/list_changed', { tag: 1 });
    expect(told(session)).toEqual([1]);
    expect(bench.clock.pending).toBe(0);
  });

  it('is not opened anew when the server refuses that', async () => {
    const { bench, server } = await subscribed();
    server.answer(server.last);
    bench.clock.advance(1000);
    server.refuse(server.last);
    bench.clock.advance(10_000);
    expect([server.subscriptions, bench.clock.pending]).toEqual([[], 0]);
  });

  it('leaves nothing behind when the session ends, however often it was opened', async () => {
    const { bench, session } = await subscribed();
    const { last: current } = bench.server;
    session.request('resources/subscribe', { uri: 'u:1' });
    bench.server.answer(bench.server.last);
    bench.server.answer(current);
    session.session.end();
    expect(bench.clock.pending).toBe(0);
    session.request('resources/subscribe', { uri: 'u:2' });
    expect(bench.server.subscriptions).toEqual([]);
    expect(bench.server.connection.size).toBe(0);
  });
});
