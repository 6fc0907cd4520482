import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { gatewayConfigSchema } from '../../../lib/contract/gateway-config';
import { findTool } from '../../../test/support/tools';
import { sendJson } from '../platform/http';
import { UsageError } from '../platform/usage-error';
import { messagesOf, type ReceivedMessage } from '../testing/raw-client';
import { startScriptedServer, type ScriptedServer } from './testing/scripted-server';
import { startTestFleet, type TestFleetOptions } from './testing/test-fleet';

const EVERYBODY = 'permit (principal, action, resource);';

let server: ScriptedServer;

beforeAll(async () => {
  server = await startScriptedServer();
});

afterAll(() => server.stop());

async function start(options: Partial<TestFleetOptions> = {}) {
  const fleet = await startTestFleet({ policy: EVERYBODY, servers: { files: server.url }, ...options });
  onTestFinished(() => fleet.stop());
  return fleet;
}

describe('a gateway', () => {
  it('is ready once it has the keys of its issuer', async () => {
    const { gateway } = await start();
    await expect.poll(async () => (await fetch(`${gateway.adminUrl}/health/ready`)).status).toBe(200);
  });

  it('without a policy says that nobody may use anything', async () => {
    const fleet = await start({ policy: '' });
    expect(fleet.log).toContainEqual(expect.objectContaining({
      msg: 'there is no policy: nobody may use any server',
    }));
    const client = await fleet.client('files');
    expect((await client.post(client.request('initialize'))).status).toBe(404);
  });

  it.each<[string, Partial<TestFleetOptions>, RegExp]>([
    ['a policy that is none', { policy: 'permit (everybody);' }, /test\.cedar, line 1/],
    ['keys that are not there', { config: { sessionKeysFile: '/nowhere/keys.json' } }, /\/nowhere\/keys\.json: ENOENT/],
    ['a certificate that is not there', { config: { tls: { certificateFile: '/nowhere/tls.crt', keyFile: 'x' } } },
      /cannot read \/nowhere\/tls\.crt: ENOENT/],
    ['an address that it cannot have', { config: { listen: '192.0.2.1:80' } }, /cannot listen on 192\.0\.2\.1:80/],
  ])('does not start with %s', async (_what, options, message) => {
    const failure = await start(options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as UsageError).message).toMatch(message);
  });
});

describe('its configuration', () => {
  it('names each server once', () => {
    const server = { name: 'files', namespace: 'core', tier: 'core', url: 'http://files.core.svc:8080/mcp' };
    const { error } = gatewayConfigSchema.shape.servers.safeParse([server, server]);
    expect(error?.issues[0]?.message).toBe('must have names that differ');
  });
});

describe('a gateway that is stopped', () => {
  it('lets calls in flight finish, ends streams, and has written every audit record', async () => {
    let release = () => sendNothing();
    server.script = ({ id, method, request: received, response }) => {
      if (received.method === 'GET') {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n');
        return true;
      }
      release = () => sendJson(response, 200, { jsonrpc: '2.0', id, result: { late: true } });
      return method === 'tools/call';
    };
    const fleet = await start({ config: { limits: { drainSeconds: 10 } } });
    const client = await fleet.client('files');
    await client.initialize();
    const stream = messagesOf(await client.get());
    const call = client.call('slow');
    await vi.waitFor(() => expect(server.received.at(-1)?.method).toBe('tools/call'));
    const stopped = fleet.gateway.stop();
    await expect.poll(async () => (await fetch(`${fleet.gateway.adminUrl}/health/ready`)).status).toBe(503);
    release();
    expect((await call).result).toEqual({ late: true });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await stopped;
    expect(fleet.audit.map(({ method }) => method).sort())
      .toEqual(['GET', 'initialize', 'notifications/initialized', 'tools/call']);
    await expect(fetch(fleet.gateway.url)).rejects.toThrow();
    server.script = () => false;
  });

  it('does not wait for ever', async () => {
    server.script = ({ method }) => method === 'tools/call';
    const fleet = await start({ config: { limits: { drainSeconds: 0.2 } } });
    const client = await fleet.client('files');
    await client.initialize();
    const call = client.post(client.toolCall('stuck'));
    await vi.waitFor(() => expect(server.received.at(-1)?.method).toBe('tools/call'));
    await fleet.gateway.stop();
    expect((await (await call).json() as ReceivedMessage).error).toMatchObject({ code: -32000 });
    expect(fleet.audit.at(-1)).toMatchObject({ method: 'tools/call', outcome: 'unavailable' });
    server.script = () => false;
  });
});

const openssl = findTool('openssl');

describe.skipIf(openssl === undefined)('TLS', () => {
  it('is what the gateway speaks when it has a certificate, from version 1.2 on', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'gateway-tls-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const [keyFile, certificateFile] = [join(directory, 'tls.key'), join(directory, 'tls.crt')];
    execFileSync(openssl!, [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1',
      '-subj', '/CN=localhost', '-keyout', keyFile, '-out', certificateFile,
    ], { stdio: 'ignore' });
    const { gateway } = await start({ config: { tls: { certificateFile, keyFile } } });
    expect(gateway.url).toMatch(/^https:/);
    const ask = (options: object) => new Promise<number | undefined>((resolve, reject) => {
      request(`${gateway.url}/mcp`, { rejectUnauthorized: false, ...options }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject).end();
    });
    expect(await ask({})).toBe(401);
    expect(await ask({ maxVersion: 'TLSv1.2' })).toBe(401);
    await expect(ask({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })).rejects.toThrow();

    writeFileSync(keyFile, 'no key');
    await expect(start({ config: { tls: { certificateFile, keyFile } } })).rejects.toThrow(
      `${certificateFile} and ${keyFile} are not a certificate and its key`);
  });
});

function sendNothing(): void {
  throw new Error('the call has not arrived');
}
