import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServerStderr } from './server-stderr';

function createStderr() {
  const lines: unknown[] = [];
  const logger = pino({}, { write: (line: string) => lines.push((JSON.parse(line) as { stderr?: unknown }).stderr) });
  const stream = new PassThrough();
  return { stream, lines, stderr: new ServerStderr(stream, 1, logger) };
}

describe('ServerStderr', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('logs line by line', async () => {
    const { stream, lines } = createStderr();
    stream.write('one\ntw');
    stream.end('o\nthree');
    await vi.waitFor(() => expect(lines).toEqual(['one', 'two', 'three']));
  });

  it('reads a flood only as fast as a log should grow, and loses nothing', async () => {
    const { stream, lines } = createStderr();
    const line = 'x'.repeat(1023);
    for (let count = 0; count < 3; count++) {
      stream.write(`${line}\n`.repeat(100));
    }
    await vi.waitFor(() => expect(stream.isPaused()).toBe(true));
    const text = () => lines.join('\n').length;
    const before = text();
    expect(before).toBeLessThanOrEqual(200 * 1024);
    vi.advanceTimersByTime(1000);
    await vi.waitFor(() => expect(text()).toBeGreaterThan(before));
    vi.advanceTimersByTime(1000);
    await vi.waitFor(() => expect(lines.join('\n').split('\n')).toEqual(Array<string>(300).fill(line)));
    expect(lines.length).toBeLessThan(60);
  });

  it('logs the last words of a process that is to end, but no flood that would keep it from that', async () => {
    const { stream, lines, stderr } = createStderr();
    stderr.hasten();
    stream.write('last words\n');
    for (let count = 0; count < 1000; count++) {
      stream.write(`${'x'.repeat(1023)}\n`);
    }
    await vi.waitFor(() => expect(stream.writableLength).toBe(0));
    expect(lines[0]).toBe('last words');
    expect(lines.length).toBeLessThan(200);
  });
});
