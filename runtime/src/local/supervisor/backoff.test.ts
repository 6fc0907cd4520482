import { expect, test } from 'vitest';
import { Backoff } from './backoff';

test('waits a second, then twice as long each time, up to half a minute', () => {
  const backoff = new Backoff();
  const delays = Array.from({ length: 7 }, () => backoff.delayAfter(0));
  expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('begins anew after a process that ran for a minute', () => {
  const backoff = new Backoff();
  backoff.delayAfter(0);
  backoff.delayAfter(59_999);
  expect(backoff.delayAfter(60_000)).toBe(1000);
  expect(backoff.delayAfter(0)).toBe(2000);
});
