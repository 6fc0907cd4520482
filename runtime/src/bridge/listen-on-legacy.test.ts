import { describe, expect, it } from 'vitest';
import { ListenOnLegacy } from './listen-on-legacy';
import { META } from './request-meta';
import { RecordedRound } from './testing/recorded-round';

const CAPABILITIES = { tools: { listChanged: true }, resources: { subscribe: true } };
const CHANGED = 'notifications/tools/list_changed';

function listen(notifications: unknown) {
  const round = new RecordedRound({ jsonrpc: '2.0', id: 'mine', method: 'subscriptions/listen', params: { notifications } });
  const subscription = new ListenOnLegacy(round, CAPABILITIES);
  const change = (method: string, params?: Record<string, unknown>) => {
    const notification = { jsonrpc: '2.0' as const, method, ...(params === undefined ? {} : { params }) };
    subscription.onChange(notification, JSON.stringify(notification));
  };
  return { round, subscription, change };
}

describe('subscriptions/listen with a server of before 2026-07-28', () => {
  it('acknowledges what the server can tell, and tells it under the id of the request', () => {
    const { round, subscription, change } = listen({ toolsListChanged: true, promptsListChanged: true });
    subscription.acknowledge();
    change(CHANGED);
    change('notifications/prompts/list_changed');
    change('notifications/resources/updated', { uri: 'u:1' });
    const _meta = { [META.SUBSCRIPTION_ID]: 'mine' };
    expect(round.notifications.map(({ method, params }) => [method, params])).toEqual([
      ['notifications/subscriptions/acknowledged', { _meta, notifications: { toolsListChanged: true } }],
      [CHANGED, { _meta }],
    ]);
  });

  it('tells nothing before it is acknowledged, and then what has changed meanwhile, once', () => {
    const { round, subscription, change } = listen({ toolsListChanged: true, resourceSubscriptions: ['u:1', 'u:2'] });
    change(CHANGED);
    change('notifications/resources/updated', { uri: 'u:1' });
    change(CHANGED);
    change('notifications/resources/updated', { uri: 'u:2' });
    expect(round.notifications).toEqual([]);
    subscription.acknowledge();
    expect(round.notifications.map(({ params }) => params?.uri)).toEqual([undefined, undefined, 'u:1', 'u:2']);
  });

  it('ends with an answer', () => {
    const { round, subscription } = listen({});
    subscription.end();
    expect(round.result).toEqual({ resultType: 'complete', _meta: { [META.SUBSCRIPTION_ID]: 'mine' } });
  });
});
