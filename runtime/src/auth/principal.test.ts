import { describe, expect, it } from 'vitest';
import { principalKey } from './principal';

describe('principalKey', () => {
  it('is the same for the same principal', () => {
    expect(principalKey({ subject: 'alice', issuer: 'https://a' })).toBe(principalKey({ issuer: 'https://a', subject: 'alice' }));
  });

  it.each([
    [{ issuer: 'a', subject: 'b' }, { issuer: 'b', subject: 'a' }],
    [{ issuer: 'a', subject: '","b' }, { issuer: 'a","', subject: 'b' }],
    [{ issuer: 'a b', subject: 'c' }, { issuer: 'a', subject: 'b c' }],
    [{ issuer: '', subject: 'a' }, { issuer: 'a', subject: '' }],
  ])('tells %j from %j', (one, other) => {
    expect(principalKey(one)).not.toBe(principalKey(other));
  });
});
