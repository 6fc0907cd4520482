import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { DescriptorStream } from './descriptor-stream';

/** Both ends of a pipe whose writer is told EAGAIN when it is full, as standard output may be. */
function pipe(): { reader: number; writer: number } {
  const directory = mkdtempSync(join(tmpdir(), 'pipe-'));
  const path = join(directory, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  onTestFinished(() => {
    closeSync(writer);
    rmSync(directory, { recursive: true });
  });
  return { reader, writer };
}

function readAvailable(reader: number): string {
  const buffer = Buffer.alloc(1024 * 1024);
  try {
    return buffer.toString('utf8', 0, readSync(reader, buffer));
  } catch {
    return ''; // Nothing there now.
  }
}

it('writes everything, in order, to a reader that was away for a while', async () => {
  const { reader, writer } = pipe();
  onTestFinished(() => closeSync(reader));
  const failures: Error[] = [];
  const stream = new DescriptorStream(writer, (error) => failures.push(error));
  const lines = Array.from({ length: 20_000 }, (_, index) => `record ${index}\n`);
  let written = false;
  lines.forEach((line, index) => stream.write(line, () => {
    written = index === lines.length - 1;
  }));
  // More than a pipe holds has been given: it is full, and stays so until somebody reads.
  await vi.waitFor(() => expect(stream.writableLength).toBeLessThan(lines.join('').length));
  expect(written).toBe(false);
  let received = '';
  await vi.waitFor(() => {
    received += readAvailable(reader);
    expect(written).toBe(true);
  }, { timeout: 20_000, interval: 5 });
  received += readAvailable(reader);
  expect(received).toBe(lines.join(''));
  expect(failures).toEqual([]);
});

it('tells of a reader that is gone, once, and goes on trying', async () => {
  const { reader, writer } = pipe();
  closeSync(reader);
  const failures: Error[] = [];
  const stream = new DescriptorStream(writer, (error) => failures.push(error));
  stream.write('record\n');
  await vi.waitFor(() => expect(failures.map((error) => (error as NodeJS.ErrnoException).code)).toEqual(['EPIPE']));
  expect(stream.errored).toBeNull();
});
