import { describe, expect, it } from 'vitest';
import { EventLog, type LoggedEvent } from './event-log';

function createLog(limits = { events: 3, characters: 10 }) {
  const lost: string[] = [];
  const log = new EventLog((event) => lost.push(event.json), limits);
  const after = (stream: number, number: number) => log.after(stream, number).map(({ json }: LoggedEvent) => json);
  return { log, lost, after };
}

describe('EventLog', () => {
  it('gives what came after an event, on its stream only', () => {
    const { log, after } = createLog();
    const first = log.append(1, 'a');
    log.append(2, 'b');
    log.append(1, 'c');
    expect(after(1, 0)).toEqual(['a', 'c']);
    expect(after(1, first)).toEqual(['c']);
    expect(after(2, 0)).toEqual(['b']);
  });

  it('lets the oldest give way when there are too many', () => {
    const { log, lost, after } = createLog();
    'abcd'.split('').forEach((json) => log.append(1, json));
    expect(after(1, 0)).toEqual(['b', 'c', 'd']);
    expect(lost).toEqual(['a']);
  });

  it('lets the oldest give way when they are too long', () => {
    const { log, lost, after } = createLog();
    ['aaaa', 'bbbb', 'cccccc'].forEach((json) => log.append(1, json));
    expect(after(1, 0)).toEqual(['bbbb', 'cccccc']);
    expect(lost).toEqual(['aaaa']);
  });

  it('does not keep what is longer than everything may be, and keeps the rest', () => {
    const { log, lost, after } = createLog();
    log.append(1, 'a');
    log.append(1, 'x'.repeat(11));
    expect(after(1, 0)).toEqual(['a']);
    expect(lost).toEqual(['x'.repeat(11)]);
  });

  it('knows which events have been', () => {
    const { log } = createLog();
    const number = log.append(1, 'a');
    expect(log.hasSeen(number)).toBe(true);
    expect(log.hasSeen(number + 1)).toBe(false);
  });
});
