import { describe, expect, it } from 'vitest';
import { legId, legsOf } from './legs';

describe('the legs', () => {
  it('are every combination of client, server and isolation through the proxy, once each', () => {
    const proxied = legsOf({ peers: false, only: 'proxy' }).map(legId);
    expect(proxied).toHaveLength(2 * 4 * 3);
    expect(new Set(proxied).size).toBe(proxied.length);
  });

  it('include the fixtures themselves', () => {
    expect(legsOf({ peers: false, only: 'direct' })).toHaveLength(3);
  });

  it('include the peers only if they are wanted', () => {
    expect(legsOf({ peers: false, only: 'supergateway' })).toEqual([]);
    expect(legsOf({ peers: true, only: 'supergateway' })).toHaveLength(2 * 4);
  });

  it('can be chosen by words in any order', () => {
    expect(legsOf({ peers: false, only: 'shared sdk1 2025' }).map(legId))
      .toEqual(['proxy 2025-11-25 sdk1-legacy shared']);
  });
});
