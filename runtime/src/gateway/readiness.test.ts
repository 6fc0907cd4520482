import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Readiness } from './readiness';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

describe('Readiness', () => {
  it('comes when the keys can be had at last', async () => {
    let reachable = false;
    const fetchKeys = vi.fn(() => reachable ? Promise.resolve() : Promise.reject(new Error('away')));
    const readiness = new Readiness({ fetchKeys });
    const started = readiness.start();
    expect(readiness.notReadyReason()).toBe('no issuer\'s keys have been fetched yet');
    reachable = true;
    await started;
    expect(readiness.notReadyReason()).toBeUndefined();
    expect(fetchKeys).toHaveBeenCalledTimes(2);
  });

  it('is over when the gateway stops, whether it has come or not', async () => {
    const ready = new Readiness({ fetchKeys: () => Promise.resolve() });
    await ready.start();
    const waiting = new Readiness({ fetchKeys: () => Promise.reject(new Error('away')) });
    const started = waiting.start();
    for (const readiness of [ready, waiting]) {
      readiness.stop();
      expect(readiness.notReadyReason()).toBe('stopping');
    }
    await started;
    expect(waiting.notReadyReason()).toBe('stopping');
  });
});
