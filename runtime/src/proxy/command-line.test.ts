import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { UsageError } from '../platform/usage-error';
import { configFromArguments, type ProxyArguments } from './command-line';
import { RawClient } from '../testing/raw-client';
import { FIXTURE, isAlive } from './testing/test-proxy';

interface LogLine {
  readonly msg: string;
  readonly level: string;
  readonly url?: string;
  readonly stderr?: string;
  readonly pid?: number;
}

const DEFAULTS: ProxyArguments = {
  admin: '127.0.0.1:0', name: 'server', isolation: 'session', roots: 'strip', command: [],
};
const ASSERTION_KEYS = '/etc/cdk8s-mcp/assertion-keys.json';

function configFile(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'proxy-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'proxy.yaml');
  writeFileSync(file, text);
  return file;
}

describe('configFromArguments', () => {
  it('makes a configuration of a command', () => {
    expect(configFromArguments({ ...DEFAULTS, listen: '[::1]:8080', command: ['node', 'server.js'] })).toMatchObject({
      server: 'server', listen: '[::1]:8080', connector: { command: ['node', 'server.js'] }, limits: { sessions: 32 },
    });
  });

  const FILE = 'server: files\nlisten: 0.0.0.0:8080\nadmin: 0.0.0.0:9090\nconnector:\n  type: child\n  command: [x]\n';

  it('reads a file, which may listen anywhere when callers are known', () => {
    const file = configFile(`${FILE}assertionKeys: ${ASSERTION_KEYS}\n`);
    expect(configFromArguments({ ...DEFAULTS, config: file })).toMatchObject({ server: 'files', listen: '0.0.0.0:8080' });
    const unprotected = configFile(FILE);
    expect(() => configFromArguments({ ...DEFAULTS, config: unprotected })).toThrow('0.0.0.0:8080 is no loopback address');
  });

  it('listens anywhere and keeps principals apart when callers are known', () => {
    const args = { ...DEFAULTS, listen: '0.0.0.0:8080', isolation: 'principal', roots: 'allow', command: ['x'] };
    expect(configFromArguments({ ...args, assertionKeys: ASSERTION_KEYS })).toMatchObject({
      listen: '0.0.0.0:8080', isolation: 'principal', roots: 'allow', assertionKeys: ASSERTION_KEYS,
    });
  });

  it.each<[string, Partial<ProxyArguments>, string]>([
    ['nothing', {}, 'say what to serve'],
    ['no command', { listen: '127.0.0.1:0' }, 'say what to serve'],
    ['a file and a command', { config: 'x', listen: '127.0.0.1:0', command: ['x'] }, 'not both'],
    ['an address for everybody', { listen: '0.0.0.0:80', command: ['x'] }, '0.0.0.0:80 is no loopback address'],
    ['an admin address for everybody', { listen: '127.0.0.1:0', admin: ':::1', command: ['x'] }, 'admin: must be HOST:PORT'],
    ['a file and keys', { config: 'x', assertionKeys: ASSERTION_KEYS }, 'not both'],
    ['principals without keys', { listen: '127.0.0.1:0', isolation: 'principal', command: ['x'] }, '--assertion-keys FILE'],
    ['a wrong name', { listen: '127.0.0.1:0', name: 'A', command: ['x'] }, 'server: must be a DNS label'],
    ['a file that is not there', { config: '/no/such/file' }, 'cannot read /no/such/file'],
  ])('refuses %s', (_what, args, message) => {
    const act = () => configFromArguments({ ...DEFAULTS, ...args });
    expect(act).toThrow(UsageError);
    expect(act).toThrow(message);
  });
});

/** Runs the command from its sources, and collects what it logs. */
function run(...args: string[]) {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'proxy', ...args], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const log: LogLine[] = [];
  createInterface(child.stderr).on('line', (line) => log.push(JSON.parse(line) as LogLine));
  const logged = (isMeant: (line: LogLine) => boolean) => vi.waitFor(() => {
    const line = log.find(isMeant);
    expect(line).toBeDefined();
    return line!;
  }, { timeout: 20_000 });
  return { child, log, logged };
}

describe('the command', () => {
  it('serves until it is told to stop, and leaves nothing behind', async () => {
    const { child, log, logged } = run('--listen', '127.0.0.1:0', '--', ...FIXTURE);
    const { url } = await logged(({ msg }) => msg === 'listening');
    expect(log.filter(({ level }) => level === 'warn')).toHaveLength(1);
    const client = new RawClient(url!);
    await client.initialize();
    const pid = Number(await client.callForText('pid'));
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(isAlive(pid)).toBe(false);
  });

  it('leaves nothing behind either when it does not wait for a server that does not end', async () => {
    const stubborn = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.error("up")';
    const { child, logged } = run('--listen', '127.0.0.1:0', '--', process.execPath, '-e', stubborn);
    const { pid } = await logged(({ stderr }) => stderr === 'up');
    child.kill('SIGTERM');
    await logged(({ msg }) => msg === 'stopping');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([1, null]);
    // An orphan is seen until the system's first process has taken note of its end.
    await vi.waitFor(() => expect(isAlive(pid!)).toBe(false), { timeout: 10_000 });
  });
});
