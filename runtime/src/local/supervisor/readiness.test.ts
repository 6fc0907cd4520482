import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { listen } from '../../platform/listen';
import { awaitReady, type ReadinessOptions } from './readiness';

const servers: { close(): void }[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** A server that answers with one status after the other; the last one stays. */
async function serve(...statuses: number[]): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(statuses.length > 1 ? statuses.shift()! : statuses[0]!).end('warming up');
  });
  servers.push(server);
  return listen(server, { host: '127.0.0.1', port: 0 });
}

function options(url: string, more: Partial<ReadinessOptions> = {}): ReadinessOptions {
  return { url, timeoutMs: 10_000, signal: new AbortController().signal, hopeless: () => undefined, ...more };
}

test('waits until the answer is a success', async () => {
  expect(await awaitReady(options(await serve(503, 503, 200)))).toBeUndefined();
});

test('takes a redirect for a success, as the kubelet does', async () => {
  expect(await awaitReady(options(await serve(302)))).toBeUndefined();
});

test('says what the program answers when its time is over', async () => {
  const url = await serve(503);
  expect(await awaitReady(options(url, { timeoutMs: 200 }))).toBe(`after 0.2 s ${url} answers 503 warming up`);
});

test('says that nobody answers', async () => {
  expect(await awaitReady(options('http://127.0.0.1:1', { timeoutMs: 0 }))).toBe('after 0 s http://127.0.0.1:1 does not answer');
});

test('does not wait in vain', async () => {
  expect(await awaitReady(options(await serve(503), { hopeless: () => 'it died' }))).toBe('it died');
  expect(await awaitReady(options(await serve(503), { signal: AbortSignal.abort() }))).toBe('the run was ended');
});
