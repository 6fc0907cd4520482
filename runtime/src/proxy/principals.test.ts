import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASSERTION_HEADER } from '../../../lib/contract/assertions';
import { AssertionFixture } from '../auth/assertions/testing/assertion-fixture';
import { UsageError } from '../platform/usage-error';
import { RawClient } from '../testing/raw-client';
import { startTestProxy, type TestProxy } from './testing/test-proxy';

let keys: AssertionFixture;

beforeAll(async () => {
  keys = await AssertionFixture.create();
});

afterAll(() => keys.remove());

const start = (limits: object = {}) => startTestProxy({ assertionKeys: keys.publicFile, limits });

/** A client whose gateway vouches for it. */
async function clientOf(proxy: TestProxy, subject: string, issuer = 'https://auth.example.com'): Promise<RawClient> {
  const signer = await keys.signer();
  return new RawClient(proxy.url, { [ASSERTION_HEADER]: await signer.sign({ issuer, subject }, 'fixture') });
}

async function initialized(client: RawClient): Promise<RawClient> {
  await client.initialize();
  expect(client.sessionId).toBeDefined();
  return client;
}

const begin = (client: RawClient) => client.post(client.request('initialize', {
  protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' },
}));

describe('a proxy with assertion keys', () => {
  it('serves nobody that no gateway vouches for, whatever is asked', async () => {
    const proxy = await start();
    const stranger = proxy.client();
    const responses = await Promise.all([
      begin(stranger), stranger.get(), stranger.delete(), stranger.post('no JSON'), fetch(proxy.url, { method: 'PUT' }),
    ]);
    expect(responses.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(await responses[0].json()).toMatchObject({
      id: null, error: { message: expect.stringContaining(ASSERTION_HEADER) as string },
    });
    expect(await proxy.metric('mcp_sessions_active{server="fixture"}')).toBe(0);
  });

  it('gives a session to nobody but the principal that began it', async () => {
    const proxy = await start();
    const alice = await initialized(await clientOf(proxy, 'alice'));
    expect(await alice.callForText('echo', { text: 'mine' })).toBe('mine');
    for (const thief of [await clientOf(proxy, 'bob'), await clientOf(proxy, 'alice', 'https://other.example.com')]) {
      thief.sessionId = alice.sessionId;
      const responses = await Promise.all([thief.post(thief.toolCall('pid')), thief.get(), thief.delete()]);
      expect(responses.map(({ status }) => status)).toEqual([404, 404, 404]);
    }
    const again = await clientOf(proxy, 'alice');
    again.sessionId = alice.sessionId;
    expect(await again.callForText('echo', { text: 'still mine' })).toBe('still mine');
  });

  it('lets no principal take all sessions', async () => {
    const proxy = await start({ sessions: 3, sessionsPerPrincipal: 2 });
    const [first, second] = await Promise.all(
      [1, 2].map(async () => initialized(await clientOf(proxy, 'alice'))));
    // What somebody listens to is in use.
    await Promise.all([first!.get(), second!.get()]);
    const refused = await begin(await clientOf(proxy, 'alice'));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await initialized(await clientOf(proxy, 'bob'));
    expect((await begin(await clientOf(proxy, 'carol'))).status).toBe(503);
    await first!.delete();
    await initialized(await clientOf(proxy, 'alice'));
  });

  it('ends the longest idle session of a principal that begins another', async () => {
    const proxy = await start({ sessionsPerPrincipal: 2 });
    const bob = await initialized(await clientOf(proxy, 'bob'));
    const oldest = await initialized(await clientOf(proxy, 'alice'));
    const newer = await initialized(await clientOf(proxy, 'alice'));
    expect(await oldest.callForText('echo', { text: 'used again' })).toBe('used again');
    await initialized(await clientOf(proxy, 'alice'));
    expect((await newer.post(newer.toolCall('pid'))).status).toBe(404);
    expect(await oldest.callForText('echo', { text: 'kept' })).toBe('kept');
    expect(await bob.callForText('echo', { text: 'not concerned' })).toBe('not concerned');
  });

  it('does not begin without them', async () => {
    const starting = startTestProxy({ assertionKeys: '/no/such/file' });
    await expect(starting).rejects.toThrow(UsageError);
    await expect(starting).rejects.toThrow('cannot read the assertion keys in /no/such/file');
  });
});
