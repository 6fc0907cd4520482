import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLogger } from '../../platform/logger';
import { isAlive } from '../testing/is-alive';
import { temporaryDirectory } from '../testing/write-manifests';
import { SupervisedProcess, type ProcessSpec } from './supervised-process';

const PATIENCE = { timeout: 10_000, interval: 20 };

/** Keeps a program alive. */
const STAY = 'setInterval(() => {}, 1000);';

interface Started {
  readonly supervised: SupervisedProcess;
  readonly lines: string[];
}

function start(spec: Partial<ProcessSpec> & Pick<ProcessSpec, 'run'>): Started {
  const lines: string[] = [];
  const supervised = new SupervisedProcess(
    { id: 'test', environment: { PATH: process.env.PATH! }, graceSeconds: 10, ...spec },
    (line) => lines.push(line), createLogger('test', 'silent'));
  onTestFinished(() => supervised.kill());
  supervised.start();
  return { supervised, lines };
}

function program(source: string): ProcessSpec['run'] {
  const file = join(temporaryDirectory(), 'program.mjs');
  writeFileSync(file, source);
  return { program: [file] };
}

/** The first line that matches, once it has come. */
function line(lines: readonly string[], pattern: RegExp): Promise<string> {
  return vi.waitFor(() => {
    const found = lines.find((one) => pattern.test(one));
    expect(found).toBeDefined();
    return found!;
  }, PATIENCE);
}

describe('what it prints', () => {
  test('goes to the log, both streams', async () => {
    const { lines } = start({ run: program(`console.log('out'); console.error('err'); ${STAY}`) });
    await line(lines, /out/);
    await line(lines, /err/);
  });

  test('goes to a file of its own where one is given', async () => {
    const stdoutFile = join(temporaryDirectory(), 'audit.log');
    const { lines } = start({ run: program(`console.log('out'); console.error('err'); ${STAY}`), stdoutFile });
    await line(lines, /err/);
    await vi.waitFor(() => expect(readFileSync(stdoutFile, 'utf8')).toBe('out\n'), PATIENCE);
    expect(lines).toEqual(['err']);
  });

  test('is remembered, the last lines of it', async () => {
    const { supervised, lines } = start({ run: program(`for (let i = 0; i < 9; i++) console.error(i); ${STAY}`) });
    await line(lines, /8/);
    expect(supervised.lastLines).toEqual(['4', '5', '6', '7', '8']);
  });
});

test('it gets the given environment only', async () => {
  const { lines } = start({ run: program(`console.log(Object.keys(process.env).sort().join()); ${STAY}`) });
  expect(await line(lines, /PATH/)).toBe('PATH');
});

describe('when it dies', () => {
  test('it is started again, after a second', async () => {
    const { supervised, lines } = start({ run: program('console.log(Date.now()); process.exit(3);') });
    await vi.waitFor(() => expect(lines).toHaveLength(2), PATIENCE);
    expect(supervised.deaths).toBeGreaterThanOrEqual(1);
    expect(Number(lines[1]) - Number(lines[0])).toBeGreaterThanOrEqual(1000);
  });

  test('what it has started ends too', async () => {
    const { lines } = start({ run: program(`
      import { spawn } from 'node:child_process';
      console.log(spawn('sleep', ['600']).pid);
      setTimeout(() => process.exit(1), 100);
    `) });
    const pid = Number(await line(lines, /\d+/));
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), PATIENCE);
  });
});

describe('when it is stopped', () => {
  test('it may end by itself', async () => {
    const { supervised, lines } = start({ run: program(`
      process.on('SIGTERM', () => { console.log('draining'); setTimeout(() => process.exit(0), 50); });
      console.log('ready ' + process.pid);
      ${STAY}
    `) });
    const pid = Number((await line(lines, /ready/)).split(' ')[1]);
    await supervised.stop();
    expect(isAlive(pid)).toBe(false);
    await line(lines, /draining/);
    expect(supervised.deaths).toBe(0);
  });

  test('it is killed when its grace time is over', async () => {
    const { supervised, lines } = start({
      run: program(`process.on('SIGTERM', () => {}); console.log(process.pid); ${STAY}`), graceSeconds: 0.1,
    });
    const pid = Number(await line(lines, /\d+/));
    await supervised.stop();
    expect(isAlive(pid)).toBe(false);
  });

  test('what a shell has started ends too', async () => {
    const { supervised, lines } = start({ run: { commandLine: 'sleep 600 & echo $!; wait' } });
    const pid = Number(await line(lines, /\d+/));
    await supervised.stop();
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), PATIENCE);
  });

  test('it is not started again', async () => {
    const { supervised, lines } = start({ run: program('console.log("up"); process.exit(1);') });
    await vi.waitFor(() => expect(supervised.deaths).toBe(1), PATIENCE);
    await supervised.stop();
    const count = lines.length;
    await new Promise((resolve) => setTimeout(resolve, 1200)); // longer than the pause before a restart
    expect(lines).toHaveLength(count);
  });
});

test('a program that cannot be started counts as dead', async () => {
  const { supervised } = start({ run: { program: ['/nowhere/program.mjs'] } });
  await vi.waitFor(() => expect(supervised.deaths).toBe(1), PATIENCE);
  expect(supervised.lastLines.join()).toContain('Node.js');
});
