import { webcrypto } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../auth/caller';
import { SessionTokens, SessionTooLarge, type Session } from './session-tokens';

const ROUTE = '/servers/files/mcp';
const ALICE: Caller = { issuer: 'https://auth.example.com', subject: 'alice', groups: [], scopes: [], expiresAt: 0 };
const SESSION: Session = {
  route: ROUTE, issuer: ALICE.issuer, subject: ALICE.subject, client: 'inspector/1.0', startedAt: 1_700_000_000,
  upstreams: [{ server: 'files', endpoint: '10.0.0.7:8080', id: 'session-of-the-server' }],
};

let keys: Map<string, webcrypto.CryptoKey>;

beforeAll(async () => {
  keys = new Map();
  for (const id of ['old', 'new']) {
    keys.set(id, await webcrypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']));
  }
});

/** One replica of the gateway. */
const replica = (encryptWith = 'new', ids = ['old', 'new']) =>
  new SessionTokens({ encryptWith, byId: new Map(ids.map((id) => [id, keys.get(id)!])) });

describe('SessionTokens', () => {
  it('opens on any replica what another has sealed', async () => {
    const token = await replica().seal(SESSION);
    expect(await replica().open(token, ALICE, ROUTE)).toEqual(SESSION);
  });

  it('shows nothing of what is inside, and is visible ASCII as MCP demands', async () => {
    const token = await replica().seal(SESSION);
    const [header, ...rest] = token.split('.');
    expect(JSON.parse(Buffer.from(header!, 'base64url').toString())).toEqual({ alg: 'dir', enc: 'A256GCM', kid: 'new' });
    expect(Buffer.from(rest.join(), 'base64url').toString()).not.toContain('session-of-the-server');
    expect(token).toMatch(/^[\x21-\x7e]+$/);
  });

  it('needs no promise for a token that it knows', async () => {
    const tokens = replica();
    const token = await tokens.seal(SESSION);
    expect(tokens.open(token, ALICE, ROUTE)).toEqual(SESSION);
    const other = replica();
    expect(other.open(token, ALICE, ROUTE)).toBeInstanceOf(Promise);
    await other.open(token, ALICE, ROUTE);
    expect(other.open(token, ALICE, ROUTE)).toEqual(SESSION);
  });

  it.each([
    ['another subject', { ...ALICE, subject: 'bob' }, ROUTE],
    ['the same subject of another issuer', { ...ALICE, issuer: 'https://other.example.com' }, ROUTE],
    ['another route', ALICE, '/servers/crm/mcp'],
  ])('does not open for %s, known or not', async (_who, caller, route) => {
    const tokens = replica();
    const token = await tokens.seal(SESSION);
    expect(await tokens.open(token, caller, route)).toBeUndefined();
    expect(await replica().open(token, caller, route)).toBeUndefined();
  });

  it('does not open when any part is altered', async () => {
    const token = await replica().seal(SESSION);
    const parts = token.split('.');
    for (const [index, part] of parts.entries()) {
      const altered = parts.with(index, part === '' ? 'AAAA' : (part.startsWith('A') ? 'B' : 'A') + part.slice(1));
      expect(await replica().open(altered.join('.'), ALICE, ROUTE), `part ${index}`).toBeUndefined();
    }
    expect(await replica().open('no token at all', ALICE, ROUTE)).toBeUndefined();
    expect(await replica().open(token.repeat(100), ALICE, ROUTE)).toBeUndefined();
  });

  it('opens with every key that it has, and with no other', async () => {
    const token = await replica('old').seal(SESSION);
    expect(await replica('new').open(token, ALICE, ROUTE)).toEqual(SESSION);
    expect(await replica('new', ['new']).open(token, ALICE, ROUTE)).toBeUndefined();
  });

  it('refuses a session whose id would not fit into headers', async () => {
    const upstreams = Array.from({ length: 100 }, () => SESSION.upstreams[0]!);
    await expect(replica().seal({ ...SESSION, upstreams })).rejects.toThrow(SessionTooLarge);
    await expect(replica().seal({ ...SESSION, upstreams: upstreams.slice(0, 40) })).resolves.toMatch(/^eyJ/);
  });
});
