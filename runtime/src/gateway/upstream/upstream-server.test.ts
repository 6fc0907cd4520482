import { createServer, type Server } from 'node:http';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AddressMap } from '../../platform/address-map';
import { listen } from '../../platform/listen';
import { ask } from './ask';
import { Endpoints } from './endpoints';
import { UpstreamServer } from './upstream-server';

const LOGGER = pino({ level: 'silent' });
const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** A replica that answers when it is told to. @returns its `host:port` */
async function startReplica(answer?: Promise<unknown>): Promise<string> {
  const server: Server = createServer((request, response) => {
    void Promise.resolve(answer).then(() => response.writeHead(200, { 'x-host': request.headers.host }).end());
  });
  const url = await listen(server, { host: '127.0.0.1', port: 0 });
  stops.push(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  return new URL(url).host;
}

function serverAt(endpoints: string[]): UpstreamServer {
  vi.spyOn(Endpoints.prototype, 'find').mockResolvedValue(endpoints);
  const server = new UpstreamServer({
    name: 'files', url: 'http://files.core.svc:8080/mcp', addressMap: AddressMap.empty(), logger: LOGGER,
  });
  stops.push(() => server.destroy());
  return server;
}

function gate(): { promise: Promise<void>; release: () => void } {
  let release: (() => void) | undefined;
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release: release! };
}

const post = (server: UpstreamServer, endpoint: string) =>
  ask(server, endpoint, { method: 'POST', headers: [], body: '' }, { timeoutMs: 5000 });

describe('the candidates for a session', () => {
  it('are all replicas, in another order now and then', async () => {
    const server = serverAt(['10.0.0.1:8080', '10.0.0.2:8080', '10.0.0.3:8080']);
    const firsts = new Set<string>();
    for (let count = 0; count < 100; count++) {
      const candidates = await server.candidates();
      expect([...candidates].sort()).toEqual(['10.0.0.1:8080', '10.0.0.2:8080', '10.0.0.3:8080']);
      firsts.add(candidates[0]!);
    }
    expect(firsts.size).toBe(3);
  });

  it('begin with the one that has the least to do', async () => {
    const { promise: released, release } = gate();
    const busy = await startReplica(released);
    const idle = await startReplica();
    const server = serverAt([busy, idle]);
    const call = post(server, busy);
    await post(server, idle);
    expect(await server.candidates()).toEqual([idle, busy]);
    expect(server.connections()).toEqual({ active: 1, idle: 1, waiting: 0 });
    release();
    await call;
  });

  it('end with one that could not be reached', async () => {
    const alive = await startReplica();
    const server = serverAt(['127.0.0.1:1', alive]);
    await expect(post(server, '127.0.0.1:1')).rejects.toThrow('ECONNREFUSED');
    expect(await server.candidates()).toEqual([alive, '127.0.0.1:1']);
  });
});

describe('a server', () => {
  it('has moved when others are in the place of a replica', async () => {
    expect(await serverAt(['10.0.0.2:8080']).hasMoved('10.0.0.1:8080')).toBe(true);
    expect(await serverAt(['10.0.0.2:8080']).hasMoved('10.0.0.2:8080')).toBe(false);
    expect(await serverAt([]).hasMoved('10.0.0.1:8080')).toBe(false);
  });

  it('is found behind a name, or where the address map says', async () => {
    const find = (url: string, addressMap: AddressMap) => new Endpoints(new URL(url), addressMap, LOGGER).find();
    expect(await find('http://127.0.0.1:8080/mcp', AddressMap.empty())).toEqual(['127.0.0.1:8080']);
    expect(await find('https://[::1]/mcp', AddressMap.empty())).toEqual(['[::1]:443']);
    expect(await find('http://does-not-exist.invalid/mcp', AddressMap.empty())).toEqual([]);
  });
});
