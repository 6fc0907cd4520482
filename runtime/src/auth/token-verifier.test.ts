import { UnsecuredJWT, generateKeyPair, type JWTPayload } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { IssuerUnavailable } from './issuer';
import { startIssuer, type TestIssuer } from './testing/issuer';
import { InvalidToken, TokenVerifier } from './token-verifier';

const AUDIENCE = 'https://mcp.example.com';
const now = () => Math.floor(Date.now() / 1000);

let issuer: TestIssuer;
let stranger: TestIssuer;

beforeAll(async () => {
  issuer = await startIssuer();
  stranger = await startIssuer();
});

afterAll(async () => {
  await issuer.stop();
  await stranger.stop();
});

function verifierOf(...issuers: TestIssuer[]): TokenVerifier {
  return new TokenVerifier({
    issuers: issuers.map(({ issuer: url }) => ({ issuer: url, groupsClaim: 'groups' })),
    logger: pino({ level: 'silent' }),
  });
}

/** Why a token is not accepted. */
async function reasonFor(token: string, verifier = verifierOf(issuer)): Promise<string> {
  const error: unknown = await verifier.verify(token, [AUDIENCE]).then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidToken);
  const { reason, message } = error as InvalidToken;
  for (const part of token.split('.').filter((text) => text.length > 8)) {
    expect(message).not.toContain(part);
  }
  return reason;
}

describe('TokenVerifier', () => {
  it('says who calls', async () => {
    const exp = now() + 60;
    const token = await issuer.sign({ sub: 'alice', aud: AUDIENCE, groups: ['support'], scope: 'mcp', exp });
    expect(await verifierOf(issuer).verify(token, [AUDIENCE])).toEqual({
      issuer: issuer.issuer, subject: 'alice', groups: ['support'], scopes: ['mcp'], expiresAt: exp,
    });
  });

  it('accepts one audience out of several, on either side', async () => {
    const token = await issuer.sign({ aud: ['https://other.example.com', `${AUDIENCE}/mcp`] });
    await expect(verifierOf(issuer).verify(token, [AUDIENCE, `${AUDIENCE}/mcp`])).resolves.toBeDefined();
  });

  it.each<[string, string, () => JWTPayload]>([
    ['expired', 'expired', () => ({ exp: now() - 60 })],
    ['another audience', 'wrong_audience', () => ({ aud: 'https://other.example.com' })],
    ['an audience that only begins alike', 'wrong_audience', () => ({ aud: `${AUDIENCE}.evil.example.com` })],
    ['no audience', 'wrong_audience', () => ({ aud: undefined })],
    ['no expiry', 'invalid', () => ({ exp: undefined })],
    ['no subject', 'invalid', () => ({ sub: undefined })],
    ['an empty subject', 'invalid', () => ({ sub: '' })],
    ['a subject that is no string', 'invalid', () => ({ sub: { toString: 'alice' } as unknown as string })],
    ['an expiry that is no number', 'invalid', () => ({ exp: 'never' as unknown as number })],
    ['not valid yet', 'invalid', () => ({ nbf: now() + 60 })],
    ['no issuer', 'unknown_issuer', () => ({ iss: undefined })],
    ['an issuer with a slash too many', 'unknown_issuer', () => ({ iss: `${issuer.issuer}/` })],
  ])('refuses a token: %s', async (_, reason, claims) => {
    expect(await reasonFor(await issuer.sign({ aud: AUDIENCE, ...claims() }))).toBe(reason);
  });

  it('refuses tokens of an issuer that is not configured, even with the name of one that is', async () => {
    expect(await reasonFor(await stranger.sign({ aud: AUDIENCE }))).toBe('unknown_issuer');
    expect(await reasonFor(await stranger.sign({ aud: AUDIENCE, iss: issuer.issuer }))).toBe('invalid');
  });

  it('does not let one configured issuer speak for another', async () => {
    const token = await stranger.sign({ aud: AUDIENCE, iss: issuer.issuer });
    expect(await reasonFor(token, verifierOf(issuer, stranger))).toBe('invalid');
  });

  it('refuses an unsigned token', async () => {
    const unsigned = new UnsecuredJWT({ iss: issuer.issuer, sub: 'alice', aud: AUDIENCE }).setExpirationTime('5m').encode();
    expect(await reasonFor(unsigned)).toBe('invalid');
  });

  it('refuses HMAC with the public key as its secret', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(issuer.jwks.keys[0]));
    expect(await reasonFor(await issuer.sign({ aud: AUDIENCE }, { key: secret, header: { alg: 'HS256' } }))).toBe('invalid');
  });

  it('refuses a key that the issuer does not publish, under any key id', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const signWith = (header: { kid?: string }) => issuer.sign({ aud: AUDIENCE }, { key: privateKey, header });
    expect(await reasonFor(await signWith({}))).toBe('invalid');
    expect(await reasonFor(await signWith({ kid: 'unheard-of' }))).toBe('invalid');
  });

  it('refuses a token that was altered', async () => {
    const [header, , signature] = (await issuer.sign({ aud: AUDIENCE, sub: 'alice' })).split('.');
    const [, payload] = (await issuer.sign({ aud: AUDIENCE, sub: 'admin' })).split('.');
    expect(await reasonFor(`${header}.${payload}.${signature}`)).toBe('invalid');
  });

  it.each(['', 'a', 'a.b', 'a.b.c', 'e30.e30.', '....'])('refuses %j', async (token) => {
    expect(['invalid', 'unknown_issuer']).toContain(await reasonFor(token));
  });

  it('remembers a token that it has verified, and still looks at audience and expiry', async () => {
    const own = await startIssuer();
    const verifier = verifierOf(own);
    const token = await own.sign({ aud: AUDIENCE, exp: now() + 60 });
    const caller = await verifier.verify(token, [AUDIENCE]);
    await own.stop();
    expect(await verifier.verify(token, [AUDIENCE])).toBe(caller);
    await expect(verifier.verify(token, ['https://other.example.com'])).rejects.toThrow('another audience');
    vi.useFakeTimers({ now: Date.now() + 70_000, toFake: ['Date'] });
    try {
      await expect(verifier.verify(token, [AUDIENCE])).rejects.toThrow('expired');
    } finally {
      vi.useRealTimers();
    }
  });

  it('accepts a new key after a rotation, and not the old one', async () => {
    const own = await startIssuer();
    try {
      const verifier = verifierOf(own);
      const verify = async () => verifier.verify(await own.sign({ aud: AUDIENCE }), [AUDIENCE]);
      const old = await own.sign({ aud: AUDIENCE, sub: 'not seen before the rotation' });
      await verify();
      await own.rotate();
      await vi.waitFor(verify, { timeout: 10_000, interval: 100 });
      expect(await reasonFor(old, verifier)).toBe('invalid');
    } finally {
      await own.stop();
    }
  });

  it('blames the issuer, not the token, when the keys cannot be had', async () => {
    const gone = await startIssuer();
    const token = await gone.sign({ aud: AUDIENCE });
    await gone.stop();
    await expect(verifierOf(gone).verify(token, [AUDIENCE])).rejects.toThrow(IssuerUnavailable);
  });

  it('fetches keys ahead of the first token, of as many issuers as there are to be reached', async () => {
    const own = await startIssuer();
    const gone = await startIssuer();
    await gone.stop();
    try {
      const verifier = verifierOf(gone, own);
      await verifier.fetchKeys();
      const fetched = own.requests.length;
      await verifier.verify(await own.sign({ aud: AUDIENCE }), [AUDIENCE]);
      expect(own.requests).toHaveLength(fetched);
      await expect(verifierOf(gone).fetchKeys()).rejects.toThrow(IssuerUnavailable);
    } finally {
      await own.stop();
    }
  });
});
