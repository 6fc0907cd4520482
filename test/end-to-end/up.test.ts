import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { isAlive } from '../../runtime/src/local/testing/is-alive';
import { OAuthUser } from '../support/oauth-user';
import { CLI, connect, runCli, startUp, tokenOf, toolNames, type LocalRun } from '../support/local-run';

const FIXTURE = 'test/fixtures/manifests/local-fleet';
const PATIENCE = { timeout: 20_000, interval: 50 };

/** A copy of the fixture's manifests with a text replaced in one file. */
function edited(file: string, from: string, to: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  cpSync(FIXTURE, directory, { recursive: true });
  const text = readFileSync(join(directory, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(directory, file), text.replace(from, to));
  return directory;
}

/** The process ids of the programs that `up` has started, by pod. */
function programPids({ logs }: LocalRun): Map<string, number> {
  const started = logs.filter(({ msg }) => msg === 'process started');
  return new Map(started.map(({ pod, pid }) => [pod as string, pid as number]));
}

describe('the fleet in the manifests', () => {
  test('is called through its gateway, each user by the policy', async () => {
    const run = startUp(FIXTURE);
    const fleet = await run.up;
    const support = await tokenOf(run, '--sub', 'sue', '--group', 'support');
    const notes = await connect(`${fleet.url}/servers/notes/mcp`, support);
    writeFileSync(join(fleet.servers[0]!.volumes['/data']!, 'hello.txt'), 'Hello from the volume');
    const path = join(fleet.servers[0]!.volumes['/data']!, 'hello.txt');
    const read = await notes.callTool({ name: 'read_text_file', arguments: { path } });
    expect(read.content).toEqual([{ type: 'text', text: 'Hello from the volume' }]);
    await expect(connect(`${fleet.url}/servers/echo/mcp`, support)).rejects.toThrow();

    const engineering = await tokenOf(run, '--sub', 'eve', '--group', 'engineering');
    const echo = await connect(`${fleet.url}/servers/echo/mcp`, engineering);
    const echoed = await echo.callTool({ name: 'echo', arguments: { text: 'again' } });
    expect(echoed.content).toEqual([{ type: 'text', text: 'again' }]);
    await vi.waitFor(() => {
      const records = readFileSync(fleet.auditLog, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as object);
      expect(records).toContainEqual(expect.objectContaining({ server: 'notes', target: 'read_text_file', outcome: 'ok' }));
    }, PATIENCE);
  });

  test('refuses tokens that have expired or are for others', async () => {
    const run = startUp(FIXTURE, '--quiet');
    const { url } = await run.up;
    const user = ['--sub', 'eve', '--group', 'engineering'];
    for (const options of [['--ttl', '-60'], ['--audience', 'https://elsewhere.example.com']]) {
      const token = await tokenOf(run, ...user, ...options);
      const response = await fetch(`${url}/mcp`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
      expect(response.status).toBe(401);
    }
    expect(run.logs.filter(({ program }) => program !== 'up')).toEqual([]);
  });

  test('is signed in to by a client that only knows its URL', async () => {
    const run = startUp(FIXTURE, '--quiet');
    const url = new URL(`${(await run.up).url}/servers/echo/mcp`);
    const authProvider = new OAuthUser({ subject: 'eve', groups: 'engineering' });
    const first = new StreamableHTTPClientTransport(url, { authProvider });
    const client = new Client({ name: 'test', version: '1.0.0' });
    await expect(client.connect(first)).rejects.toThrow(UnauthorizedError);
    await first.finishAuth(authProvider.code!);
    await client.connect(new StreamableHTTPClientTransport(url, { authProvider }));
    onTestFinished(() => client.close());
    expect(await toolNames(client)).toContain('echo');
  });

  test('changes with its policy', async () => {
    const run = startUp(edited('mcp-system.yaml', 'Mcp::Server::"notes"', 'Mcp::Server::"echo"'));
    const { url } = await run.up;
    const support = await tokenOf(run, '--sub', 'sue', '--group', 'support');
    expect(await toolNames(await connect(`${url}/servers/echo/mcp`, support))).toContain('echo');
    await expect(connect(`${url}/servers/notes/mcp`, support)).rejects.toThrow();
  });

  test('says what is wrong with a Service, and does not reach it', async () => {
    const run = startUp(edited('servers/core.yaml', 'targetPort: 8080\n    - name: admin\n      port: 9090\n---', 'targetPort: 8081\n    - name: admin\n      port: 9090\n---'));
    const { url } = await run.up;
    expect(run.output.join('\n')).toContain('core/echo does not listen on 8081 by its configuration');
    const engineering = await tokenOf(run, '--sub', 'eve', '--group', 'engineering');
    await expect(connect(`${url}/servers/echo/mcp`, engineering)).rejects.toThrow();
    expect(await toolNames(await connect(`${url}/servers/notes/mcp`, engineering))).toContain('read_text_file');
  });

  test('runs an image by the command given for it', async () => {
    const run = startUp(
      edited('mcp-system.yaml', '      - name: echo\n        namespace: core\n        tier: core\n        url: http://echo.core.svc.cluster.local:8000/mcp',
        '      - {name: crm, namespace: core, tier: core, url: "http://crm.core.svc:8080/mcp"}'),
      '--command', 'crm=node test/fixtures/http-server.mjs');
    const { url } = await run.up;
    const engineering = await tokenOf(run, '--sub', 'eve', '--group', 'engineering');
    const crm = await connect(`${url}/servers/crm/mcp`, engineering);
    expect((await crm.callTool({ name: 'greet' })).content).toEqual([{ type: 'text', text: 'hello' }]);
  });
});

describe('a program', () => {
  test('that dies is started again', async () => {
    const run = startUp(FIXTURE);
    const fleet = await run.up;
    process.kill(programPids(run).get('mcp-system/mcp-gateway')!, 'SIGKILL');
    await vi.waitFor(() => expect(run.logs).toContainEqual(expect.objectContaining({
      pod: 'mcp-system/mcp-gateway', reason: 'SIGKILL', restartInSeconds: 1, msg: 'process died',
    })), PATIENCE);
    await vi.waitFor(async () => expect((await fetch(`${fleet.gateway.admin}/health/ready`)).status).toBe(200), PATIENCE);
  });

  test('that never becomes ready is named, with why, and the rest runs', async () => {
    const run = startUp(edited('servers/core.yaml', 'version: 2026.8.31', 'version: 0.0.1'));
    await run.up;
    const output = run.output.join('\n');
    expect(output).toContain('core/notes is NOT ready: it died 2 times');
    expect(output).toMatch(/\| .*2026\.8\.31/);
    expect(output).toContain('core/echo (1 of 2 replicas) is ready');
  });
});

describe('at the end nothing is left', () => {
  async function running(...options: string[]): Promise<{ run: LocalRun; pids: number[] }> {
    const run = startUp(FIXTURE, ...options);
    await run.up;
    return { run, pids: [...programPids(run).values()] };
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('by %s', async (signal) => {
    const { run, pids } = await running();
    expect(pids).toHaveLength(5);
    run.process.kill(signal);
    expect(await run.ended).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    await expect(tokenOf(run, '--sub', 'sue')).rejects.toThrow(/no fleet runs in .*: start one with cdk8s-mcp up DIR/);
  });

  test('of a temporary state directory, nor in the project', async () => {
    const TMPDIR = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-test-'));
    const env = { ...process.env, TMPDIR };
    const up = spawn(process.execPath, [CLI, 'up', FIXTURE, '--quiet'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => {
      up.kill('SIGKILL');
      rmSync(TMPDIR, { recursive: true, force: true });
    });
    const ended = once(up, 'exit');
    for await (const line of createInterface({ input: up.stdout })) {
      if (line === 'Ctrl-C ends the fleet.') {
        break;
      }
    }
    expect(await runCli(['token', '--sub', 'sue'], env)).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    up.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(readdirSync(TMPDIR, { recursive: true })).toEqual([expect.stringMatching(/^cdk8s-mcp-fleets-\d+$/)]);
  });

  test('when it is killed', async () => {
    const { run, pids } = await running();
    run.process.kill('SIGKILL');
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), PATIENCE);
    await expect(tokenOf(run, '--sub', 'sue')).rejects.toThrow(/does not run any more/);
  });

  test('when it is interrupted while it starts', async () => {
    const run = startUp(FIXTURE);
    await vi.waitFor(() => expect(run.output.join('\n')).toContain('identity provider is ready'), PATIENCE);
    const pids = [...programPids(run).values()];
    run.process.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(run.output.join('\n')).not.toContain('The fleet is up.');
  });

  test('when the manifests are wrong: one line, and exit status 2', async () => {
    const run = startUp(edited('servers/core.yaml', 'name: echo-proxy\n  namespace: core\ndata', 'name: gone\n  namespace: core\ndata'));
    expect(await run.ended).toBe(2);
    await vi.waitFor(() => expect(run.logs).toHaveLength(1), PATIENCE);
    expect(run.logs[0]!.msg).toMatch(/^cdk8s-mcp: Deployment core\/echo .*names ConfigMap echo-proxy/);
  });
});
