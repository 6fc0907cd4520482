import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { closeServer } from './close-server';
import { listen } from './listen';

async function serverWithOneRequest() {
  const server = createServer();
  const url = await listen(server, { host: '127.0.0.1', port: 0 });
  const answer = fetch(url).then((response) => response.text());
  const [, response] = await once(server, 'request') as [unknown, ServerResponse];
  return { server, url, answer, response };
}

describe('closeServer', () => {
  it('lets requests in flight finish and accepts no others', async () => {
    const { server, url, answer, response } = await serverWithOneRequest();
    const closed = closeServer(server, 30_000);
    await expect(fetch(url)).rejects.toThrow();
    response.end('done');
    expect(await answer).toBe('done');
    await closed;
  });

  it('does not wait longer than it may', async () => {
    const { server, answer } = await serverWithOneRequest();
    const failure = expect(answer).rejects.toThrow();
    await closeServer(server, 10);
    await failure;
  });
});
