import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Timeouts } from './timeouts';

describe('Timeouts', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function start(timeouts: Timeouts, fired: string[], name: string) {
    return timeouts.start(() => fired.push(name));
  }

  it('fire in their order, never early and little later', () => {
    const timeouts = new Timeouts(800);
    const fired: string[] = [];
    start(timeouts, fired, 'first');
    vi.advanceTimersByTime(250);
    start(timeouts, fired, 'second');
    vi.advanceTimersByTime(549);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(151);
    expect(fired).toEqual(['first']);
    vi.advanceTimersByTime(99);
    expect(fired).toEqual(['first']);
    vi.advanceTimersByTime(101);
    expect(fired).toEqual(['first', 'second']);
  });

  it.each([0, 1, 2])('do not fire when cancelled, wherever they stand (%i)', (cancelled) => {
    const timeouts = new Timeouts(100);
    const fired: string[] = [];
    const started = ['a', 'b', 'c'].map((name) => start(timeouts, fired, name));
    timeouts.cancel(started[cancelled]!);
    timeouts.cancel(started[cancelled]!);
    start(timeouts, fired, 'd');
    vi.advanceTimersByTime(1000);
    expect(fired).toEqual(['a', 'b', 'c', 'd'].filter((_, index) => index !== cancelled));
  });

  it('may start others when they fire', () => {
    const timeouts = new Timeouts(100);
    let count = 0;
    const again = (): void => void timeouts.start(() => {
      count++;
      again();
    });
    again();
    vi.advanceTimersByTime(1000);
    expect(count).toBeGreaterThanOrEqual(8);
    expect(count).toBeLessThanOrEqual(10);
  });

  it('leave no timer behind when none of them is left', () => {
    const timeouts = new Timeouts(100);
    timeouts.cancel(timeouts.start(() => undefined));
    vi.advanceTimersByTime(1000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fire no sooner after a time in which there were none', () => {
    const timeouts = new Timeouts(800);
    timeouts.cancel(timeouts.start(() => undefined));
    vi.advanceTimersByTime(10_350);
    const fired: string[] = [];
    start(timeouts, fired, 'late');
    vi.advanceTimersByTime(799);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(201);
    expect(fired).toEqual(['late']);
  });
});
