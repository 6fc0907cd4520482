import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newSessionKeySet } from '../auth/session-keys';
import { startIssuer, type TestIssuer } from '../auth/testing/issuer';
import type { AuditRecord } from '../gateway/audit-log';
import { startScriptedServer, type ScriptedServer } from '../gateway/testing/scripted-server';
import { RawClient } from '../testing/raw-client';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

let directory: string;
let issuer: TestIssuer;
let server: ScriptedServer;
let program: ChildProcess | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gateway-command-'));
  write('fleet.cedar', 'permit (principal, action, resource);');
  write('keys.json', JSON.stringify(newSessionKeySet()));
  issuer = await startIssuer();
  server = await startScriptedServer();
});

afterEach(async () => {
  program?.kill('SIGKILL');
  await Promise.all([issuer.stop(), server.stop()]);
  rmSync(directory, { recursive: true });
});

function write(name: string, content: string): string {
  const file = join(directory, name);
  writeFileSync(file, content);
  return file;
}

function run(args: string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'gateway', ...args], {
    env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  program = child;
  return child;
}

describe('cdk8s-mcp gateway', () => {
  it('serves what its files say, writes audit records to stdout, and ends when it is told to', async () => {
    const config = write('gateway.yaml', `
      listen: 127.0.0.1:0
      admin: 127.0.0.1:0
      publicUrl: https://mcp.example.com
      authentication: {issuers: [{issuer: https://auth.example.com}]}
      policy: {directory: ${directory}}
      sessionKeysFile: ${join(directory, 'keys.json')}
      servers: [{name: files, namespace: core, tier: core, url: http://files.core.svc.cluster.local:8080/mcp}]
    `);
    const addresses = write('addresses', `files.core.svc.cluster.local:8080=${new URL(server.url).host}\n`);
    const child = run(['--config', config, '--connect-to', addresses], {
      AUTH_ISSUER: issuer.issuer, TOOL_REGISTRY_URL: 'http://127.0.0.1:1',
    });
    const [exit, audit] = [once(child, 'exit'), text(child.stdout)];
    for await (const line of createInterface({ input: child.stderr })) {
      const { msg, url } = JSON.parse(line) as { msg: string; url: string };
      if (msg === 'listening') {
        const token = await issuer.sign({ aud: 'https://mcp.example.com' });
        const client = new RawClient(`${url}/servers/files/mcp`, { authorization: `Bearer ${token}` });
        expect((await client.initialize()).result).toMatchObject({ serverInfo: { name: 'scripted' } });
        expect(server.received[0]!.request.headers.host).toBe('files.core.svc.cluster.local:8080');
        child.kill('SIGTERM');
      }
    }
    expect(await exit).toEqual([0, null]);
    const records = (await audit).trim().split('\n').map((line) => JSON.parse(line) as AuditRecord);
    expect(records.map(({ method, outcome }) => [method, outcome]))
      .toEqual([['initialize', 'ok'], ['notifications/initialized', 'ok']]);
  });

  it.each([
    ['a file that is wrong', () => ['--config', write('gateway.yaml', 'listen: 8080')], /gateway\.yaml .*publicUrl/],
    ['a file that is not there', () => ['--config', join(directory, 'none.yaml')], /none\.yaml/],
    ['no file', () => [], /--config/],
  ])('ends with one line and status 2: %s', async (_what, args, message) => {
    const child = run(args());
    const [exit, stderr] = [once(child, 'exit'), text(child.stderr)];
    expect(await exit).toEqual([2, null]);
    expect((await stderr).trim().split('\n')).toEqual([expect.stringMatching(message)]);
  });

  it('explains itself', async () => {
    const child = run(['--help']);
    const [exit, help] = [once(child, 'exit'), text(child.stdout)];
    expect(await exit).toEqual([0, null]);
    for (const word of ['--config', '--connect-to', '/servers/NAME/mcp', 'AUTH_ISSUER', 'Audit records go to stdout']) {
      expect(await help).toContain(word);
    }
  });
});
