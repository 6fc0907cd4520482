import { once } from 'node:events';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ChildConnector } from './child-connector';
import { isAlive } from './testing/test-proxy';

const GRACE_MS = 300;

/** Starts a shell or Node script that says when it is up. */
async function start(...argv: string[]) {
  const connection = await new ChildConnector(argv, pino({ level: 'silent' })).open();
  onTestFinished(() => connection.close(0));
  const pid = Number(connection.name.replace('process ', ''));
  return { connection, pid };
}

const node = (code: string) => [process.execPath, '-e', code];

describe('ChildConnector', () => {
  it('says why a program cannot be started', async () => {
    await expect(start('/no/such/program')).rejects.toThrow('ENOENT');
  });

  it('passes bytes in both directions, and tells how the process ended', async () => {
    const { connection } = await start('sh', '-c', 'cat; exit 5');
    connection.input.end('hello');
    expect(String((await once(connection.output, 'data'))[0])).toBe('hello');
    expect(await connection.closed).toBe('exit code 5');
  });

  it('delivers what a process wrote just before it ended', async () => {
    const { connection } = await start(...node('process.stdout.write("x".repeat(200000)); process.exitCode = 1'));
    let length = 0;
    connection.output.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    await connection.closed;
    expect(length).toBe(200_000);
  });

  it('ends a process by closing its input', async () => {
    const { connection, pid } = await start('cat');
    await connection.close(10_000);
    expect(await connection.closed).toBe('exit code 0');
    expect(isAlive(pid)).toBe(false);
  });

  it('ends one that does not care for its input by SIGTERM', async () => {
    const { connection } = await start('sleep', '60');
    await connection.close(GRACE_MS);
    expect(await connection.closed).toBe('signal SIGTERM');
  });

  it('ends one that does not care for SIGTERM either by SIGKILL', async () => {
    const { connection } = await start(...node(
      'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up")'));
    await once(connection.output, 'data');
    await connection.close(GRACE_MS);
    expect(await connection.closed).toBe('signal SIGKILL');
  });

  it('ends what the process has started, too', async () => {
    const { connection } = await start('sh', '-c', 'sleep 60 & echo $!; wait');
    const grandchild = Number((await once(connection.output, 'data'))[0]);
    expect(isAlive(grandchild)).toBe(true);
    await connection.close(GRACE_MS);
    // An orphan is seen until the system's first process has taken note of its end.
    await vi.waitFor(() => expect(isAlive(grandchild)).toBe(false), { timeout: 10_000 });
  });

  it('does not wait for pipes that a left-over process holds', async () => {
    // It leaves the process group, so it cannot be ended with it.
    const { connection } = await start(...node(`
      const child = require('node:child_process').spawn('sleep', ['60'], { detached: true, stdio: 'inherit' });
      console.log(child.pid);
      child.unref();
      process.stdin.resume();`));
    const leftOver = Number((await once(connection.output, 'data'))[0]);
    onTestFinished(() => void process.kill(leftOver, 'SIGKILL'));
    await connection.close(10_000);
    expect(await connection.closed).toBe('exit code 0');
  });
});
