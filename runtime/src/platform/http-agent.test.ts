import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request, type Agent } from 'undici';
import { AddressMap } from './address-map';
import { closeServer } from './close-server';
import { createHttpAgent } from './http-agent';
import { listen } from './listen';

let server: Server;
let port: string;
let connections = 0;
let directory: string;

beforeAll(async () => {
  server = createServer((incoming, response) => response.end(incoming.headers.host));
  server.on('connection', () => connections++);
  port = new URL(await listen(server, { host: '127.0.0.1', port: 0 })).port;
  directory = mkdtempSync(join(tmpdir(), 'address-map-'));
});

afterAll(async () => {
  await closeServer(server, 0);
  rmSync(directory, { recursive: true });
});

async function get(agent: Agent, url: string): Promise<string> {
  return (await request(url, { dispatcher: agent })).body.text();
}

describe('createHttpAgent', () => {
  it('connects where the address map says, and keeps the name and the connection', async () => {
    const file = join(directory, 'map');
    writeFileSync(file, `files.core.svc:8080=127.0.0.1:${port}\nfiles.core.svc:80=127.0.0.1:${port}\n`);
    const agent = createHttpAgent(AddressMap.fromFile(file), { connections: 1 });
    expect(await get(agent, 'http://files.core.svc:8080/')).toBe('files.core.svc:8080');
    expect(await get(agent, 'http://files.core.svc:8080/')).toBe('files.core.svc:8080');
    expect(connections).toBe(1);
    expect(await get(agent, 'http://files.core.svc/')).toBe('files.core.svc');
    await agent.destroy();
  });

  it('connects as the URL says when the map does not speak of it', async () => {
    const agent = createHttpAgent(AddressMap.empty());
    expect(await get(agent, `http://127.0.0.1:${port}/`)).toBe(`127.0.0.1:${port}`);
    await agent.destroy();
  });
});
