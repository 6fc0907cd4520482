import { importJWK, SignJWT, type CryptoKey, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AssertionVerifier } from './assertion-verifier';
import { InvalidAssertion } from './invalid-assertion';
import { AssertionFixture } from './testing/assertion-fixture';

let fixture: AssertionFixture;
let verifier: AssertionVerifier;
let key: CryptoKey;

beforeAll(async () => {
  fixture = await AssertionFixture.create();
  verifier = await fixture.verifier();
  key = await importJWK(fixture.keys.privateKey, 'EdDSA') as CryptoKey;
});

afterAll(() => fixture.remove());

/** Signed with the gateway's own key; claims replace what a good one has, or omit one by `undefined`. */
function sign(claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}, secret: CryptoKey | Uint8Array = key) {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: 'cdk8s-mcp', aud: 'files', sub: 'alice', caller_issuer: 'https://a.example.com', iat: now, exp: now + 60, ...claims,
  }).setProtectedHeader({
    alg: 'EdDSA', typ: 'cdk8s-mcp-assertion+jwt', kid: fixture.keys.privateKey.kid, ...header,
  }).sign(secret);
}

async function reasonFor(assertion: string): Promise<string> {
  const error = await Promise.resolve(verifier.verify(assertion)).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InvalidAssertion);
  return (error as Error).message;
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

describe('what only resembles an assertion is refused', () => {
  it('for any claim that is missing or wrong, and nothing else', async () => {
    expect(await verifier.verify(await sign({}))).toEqual({ issuer: 'https://a.example.com', subject: 'alice' });
  });

  it.each<[string, () => JWTPayload, string]>([
    ['no issuer', () => ({ iss: undefined }), "the assertion's iss is missing or not acceptable"],
    ['another issuer', () => ({ iss: 'https://a.example.com' }), "the assertion's iss is missing or not acceptable"],
    ['no audience', () => ({ aud: undefined }), 'the assertion is meant for another server'],
    ['a list of audiences', () => ({ aud: ['files', 'crm'] }), 'the assertion is meant for more than one server'],
    ['no subject', () => ({ sub: undefined }), "the assertion's sub is missing or not acceptable"],
    ['an empty subject', () => ({ sub: '' }), 'the assertion does not say who calls'],
    ['a subject that is no text', () => ({ sub: 7 as never }), 'the assertion does not say who calls'],
    ['no issuer of the caller', () => ({ caller_issuer: undefined }), "the assertion's caller_issuer is missing or not acceptable"],
    ['an issuer of the caller that is no text', () => ({ caller_issuer: {} }), 'the assertion does not say who calls'],
    ['no time', () => ({ iat: undefined }), "the assertion's iat is missing or not acceptable"],
    ['no end', () => ({ exp: undefined }), "the assertion's exp is missing or not acceptable"],
    ['a long life', () => ({ exp: inSeconds(62) }), 'the assertion is good for more than 60 s'],
    ['a long life that is nearly over', () => ({ iat: inSeconds(-3600), exp: inSeconds(5) }), 'the assertion has expired'],
    ['a life that begins later', () => ({ nbf: inSeconds(10) }), "the assertion's nbf is missing or not acceptable"],
  ])('with %s', async (_what, claims, reason) => {
    expect(await reasonFor(await sign(claims()))).toBe(reason);
  });

  it.each<[string, Partial<JWTHeaderParameters>, string]>([
    ['an access token\'s type', { typ: 'at+jwt' }, "the assertion's typ is missing or not acceptable"],
    ['no type', { typ: undefined }, "the assertion's typ is missing or not acceptable"],
    ['no key id', { kid: undefined }, 'the assertion names no key of the gateways that are known here'],
    ['another key id', { kid: '__proto__' }, 'the assertion names no key of the gateways that are known here'],
  ])('with %s', async (_what, header, reason) => {
    expect(await reasonFor(await sign({}, header))).toBe(reason);
  });

  it('when it is signed with the public key as a secret', async () => {
    const { x } = fixture.keys.publicKeys.keys[0]!;
    const forged = await sign({}, { alg: 'HS256' }, Buffer.from(x!, 'base64url'));
    expect(await reasonFor(forged)).toBe('the assertion is not signed with EdDSA');
  });

  it('when it is not signed at all', async () => {
    const [, claims] = (await sign({})).split('.');
    const { kid } = fixture.keys.privateKey;
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'cdk8s-mcp-assertion+jwt', kid })).toString('base64url');
    expect(await reasonFor(`${header}.${claims}.`)).toBe('the assertion is not signed with EdDSA');
  });

  it('when any part of it is altered', async () => {
    const parts = (await sign({})).split('.');
    for (const [index, part] of parts.entries()) {
      const middle = Math.floor(part.length / 2);
      const altered = part.slice(0, middle) + (part[middle] === 'A' ? 'B' : 'A') + part.slice(middle + 1);
      expect(await reasonFor(parts.with(index, altered).join('.')), `part ${index}`).toMatch(/^the assertion /);
    }
  });

  it.each(['', '.', '..', 'a.b.c', 'Bearer x', '🙂', 'e30.e30.', `${'e30'.repeat(5000)}.e30.e30`, 'x, y'])(
    'when it is %j', async (text) => {
      expect(await reasonFor(text)).toMatch(/^the assertion /);
    });
});
