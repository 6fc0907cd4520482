import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startPinningFront } from './pinning-front';

async function frontOf(upstream: RequestListener): Promise<string> {
  const server = createServer(upstream).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front = await startPinningFront((server.address() as AddressInfo).port,
    () => Promise.resolve({ 'x-caller': 'me' }));
  onTestFinished(async () => {
    await front.close();
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${front.port}`;
}

it('adds who calls, and passes on the name of the host, the body and the answer', async () => {
  const url = await frontOf((request, response) => {
    void request.toArray().then((chunks: Buffer[]) => {
      const { host, 'x-caller': caller } = request.headers;
      response.writeHead(418, { 'x-answer': 'yes' }).end(JSON.stringify({ host, caller, body: String(Buffer.concat(chunks)) }));
    });
  });
  const response = await fetch(`${url}/mcp`, { method: 'POST', body: 'hello' });
  expect(response.status).toBe(418);
  expect(response.headers.get('x-answer')).toBe('yes');
  expect(await response.json()).toEqual({ host: new URL(url).host, caller: 'me', body: 'hello' });
});

it('streams without waiting for the end', async () => {
  const url = await frontOf((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\n\n');
  });
  const { body } = await fetch(url);
  const { value } = await body!.getReader().read() as { value: Uint8Array };
  expect(new TextDecoder().decode(value)).toBe('data: first\n\n');
});

it('tells the server when the client goes away', async () => {
  let gone: Promise<unknown> | undefined;
  const url = await frontOf((request, response) => {
    gone = once(request.socket, 'close');
    response.writeHead(200).flushHeaders();
  });
  const leave = new AbortController();
  await fetch(url, { signal: leave.signal });
  leave.abort();
  await gone;
});
