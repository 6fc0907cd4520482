import { afterEach, describe, expect, it } from 'vitest';
import { sendJson } from '../platform/http';
import { startScriptedServer, type Script } from './testing/scripted-server';
import { startTestFleet, type TestFleet } from './testing/test-fleet';

const SERVERS = { servers: [{ name: 'files', healthy: true }] };
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) {
    await stop();
  }
});

async function startWithRegistry(script: Script) {
  const registry = await startScriptedServer(script);
  stops.push(() => registry.stop());
  return { registry, fleet: await start(new URL(registry.url).origin) };
}

async function start(registryUrl?: string): Promise<TestFleet> {
  const fleet = await startTestFleet({ policy: '', servers: {}, config: { registryUrl } });
  stops.push(() => fleet.stop());
  return fleet;
}

async function discover(fleet: TestFleet) {
  const token = await fleet.token();
  const response = await fetch(`${fleet.gateway.url}/discover`, { headers: { 'authorization': `Bearer ${token}`, 'x-other': 'x' } });
  return { token, response, body: await response.json() };
}

const counted = (fleet: TestFleet, outcome: string) => fleet.metric(`mcp_discovery_requests_total{outcome="${outcome}"}`);

describe('/discover', () => {
  it('is the registry\'s answer to the caller\'s token', async () => {
    const { registry, fleet } = await startWithRegistry(({ response }) => sendJson(response, 200, SERVERS));
    const { token, response, body } = await discover(fleet);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual(SERVERS);
    const { request } = registry.received[0]!;
    expect(request.url).toBe('/discover');
    expect(request.headers.authorization).toBe(`Bearer ${token}`);
    expect(request.headers['x-other']).toBeUndefined();
    expect(await counted(fleet, 'ok')).toBe(1);
  });

  it.each<[string, Script]>([
    ['fails', ({ response }) => sendJson(response, 500, { secret: 'of the registry' })],
    ['refuses what the gateway accepts', ({ response }) => sendJson(response, 401, {})],
    ['breaks off', ({ response }) => response.destroy()],
  ])('is 503 when the registry %s', async (_what, script) => {
    const { fleet } = await startWithRegistry(script);
    const { response, body } = await discover(fleet);
    expect(response.status).toBe(503);
    expect(body).toEqual({ error: 'the registry is not available' });
    expect(await counted(fleet, 'error')).toBe(1);
    await expect.poll(() => fleet.log).toContainEqual(expect.objectContaining({ outcome: 'unavailable' }));
  });

  it.each([['away', 'http://127.0.0.1:1'], ['not configured', undefined]])(
    'is 503 when the registry is %s', async (_what, url) => {
      expect((await discover(await start(url))).response.status).toBe(503);
    });

  it('counts whom it refuses apart from its own failures', async () => {
    const fleet = await start();
    expect((await fetch(`${fleet.gateway.url}/discover`)).status).toBe(401);
    expect(await counted(fleet, 'refused')).toBe(1);
    expect(await counted(fleet, 'error')).toBe(0);
  });
});
