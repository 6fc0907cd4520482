import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { AssertionFixture } from './testing/assertion-fixture';
import { newAssertionKeys } from './new-assertion-keys';

const ALICE = { issuer: 'https://auth.example.com', subject: 'alice' };
const NOON = Date.UTC(2026, 11, 1, 12);

let fixture: AssertionFixture;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON });
  fixture = await AssertionFixture.create();
});

afterEach(() => {
  vi.useRealTimers();
  fixture.remove();
});

const after = (seconds: number) => vi.setSystemTime(NOON + seconds * 1000);

describe('an assertion', () => {
  it('tells the server that it is meant for who calls', async () => {
    const assertion = await (await fixture.signer()).sign(ALICE, 'files');
    expect(await (await fixture.verifier()).verify(assertion)).toEqual(ALICE);
  });

  it('says no more than that, and for a minute', async () => {
    const assertion = await (await fixture.signer()).sign(ALICE, 'files');
    expect(decodeProtectedHeader(assertion)).toEqual({
      alg: 'EdDSA', typ: 'cdk8s-mcp-assertion+jwt', kid: fixture.keys.privateKey.kid,
    });
    expect(decodeJwt(assertion)).toEqual({
      iss: 'cdk8s-mcp', aud: 'files', sub: 'alice', caller_issuer: 'https://auth.example.com',
      iat: NOON / 1000, exp: NOON / 1000 + 60,
    });
  });

  it('tells subjects of the same name apart by their issuers', async () => {
    const signer = await fixture.signer();
    const verifier = await fixture.verifier();
    const other = { ...ALICE, issuer: 'https://other.example.com' };
    expect(await verifier.verify(await signer.sign(ALICE, 'files'))).toEqual(ALICE);
    expect(await verifier.verify(await signer.sign(other, 'files'))).toEqual(other);
  });
});

describe('AssertionSigner', () => {
  it('makes one assertion for a caller and a server, also when many ask at once', async () => {
    const signer = await fixture.signer();
    const assertions = await Promise.all([signer.sign(ALICE, 'files'), signer.sign(ALICE, 'files')]);
    after(29);
    expect(new Set([...assertions, signer.sign({ ...ALICE }, 'files')]).size).toBe(1);
  });

  it('makes another one for another server', async () => {
    const signer = await fixture.signer();
    expect(await signer.sign(ALICE, 'files')).not.toBe(await signer.sign(ALICE, 'crm'));
  });

  it('makes a new one when half of its life is over, and when the clock was set back', async () => {
    const signer = await fixture.signer();
    const first = await signer.sign(ALICE, 'files');
    after(30);
    const second = await signer.sign(ALICE, 'files');
    expect(second).not.toBe(first);
    after(-3600);
    expect(await signer.sign(ALICE, 'files')).not.toBe(second);
  });
});

describe('AssertionVerifier', () => {
  it('needs no promise for an assertion that it knows', async () => {
    const assertion = await (await fixture.signer()).sign(ALICE, 'files');
    const verifier = await fixture.verifier();
    const first = verifier.verify(assertion);
    expect(first).toBeInstanceOf(Promise);
    const principal = await first;
    expect(verifier.verify(assertion)).toBe(principal);
  });

  it('refuses what has expired, known or not, and leaves clocks five seconds', async () => {
    const assertion = await (await fixture.signer()).sign(ALICE, 'files');
    const verifier = await fixture.verifier();
    await verifier.verify(assertion);
    after(64);
    expect(await (await fixture.verifier()).verify(assertion)).toEqual(ALICE);
    expect(verifier.verify(assertion)).toEqual(ALICE);
    after(65);
    expect(() => verifier.verify(assertion)).toThrow('the assertion has expired');
    await expect((await fixture.verifier()).verify(assertion)).rejects.toThrow('the assertion has expired');
  });

  it('refuses what was made in the future, and leaves clocks five seconds', async () => {
    const assertion = await (await fixture.signer()).sign(ALICE, 'files');
    after(-6);
    await expect((await fixture.verifier()).verify(assertion)).rejects.toThrow("the assertion's iat is");
    after(-5);
    expect(await (await fixture.verifier()).verify(assertion)).toEqual(ALICE);
  });

  it('refuses what is meant for another server', async () => {
    const assertion = await (await fixture.signer()).sign(ALICE, 'files');
    await expect((await fixture.verifier({ server: 'crm' })).verify(assertion))
      .rejects.toThrow('the assertion is meant for another server');
  });

  it('refuses keys that it does not have, and keys with the id of another', async () => {
    const { privateKey } = await newAssertionKeys();
    const verifier = await fixture.verifier();
    await expect(verifier.verify(await (await fixture.signer(privateKey)).sign(ALICE, 'files')))
      .rejects.toThrow('the assertion names no key of the gateways that are known here');
    const forger = await fixture.signer({ ...privateKey, kid: fixture.keys.privateKey.kid });
    await expect(verifier.verify(await forger.sign(ALICE, 'files')))
      .rejects.toThrow('the assertion cannot be verified with the key that it names');
  });

  it('never logs an assertion', async () => {
    const assertion = await (await fixture.signer()).sign(ALICE, 'files');
    const verifier = await fixture.verifier({ server: 'crm' });
    await expect(verifier.verify(assertion)).rejects.toThrow();
    expect(fixture.log).not.toContain(assertion.split('.')[2]);
  });
});

describe('an assertion that is bound to its request', () => {
  const REQUEST = { method: 'tools/call', target: 'read_file', body: '{"jsonrpc":"2.0"}' };

  it('is accepted with that request', async () => {
    const verifier = await fixture.verifier({ binding: 'request' });
    const assertion = await (await fixture.signer()).signRequest(ALICE, 'files', REQUEST);
    expect(await verifier.verify(assertion, { ...REQUEST, body: Buffer.from(REQUEST.body) })).toEqual(ALICE);
  });

  it.each([
    ['another method', { ...REQUEST, method: 'tools/list' }],
    ['another target', { ...REQUEST, target: 'write_file' }],
    ['no target', { method: REQUEST.method, body: REQUEST.body }],
    ['another body', { ...REQUEST, body: '{}' }],
  ])('is refused with %s, also after it has been accepted', async (_what, request) => {
    const verifier = await fixture.verifier({ binding: 'request' });
    const assertion = await (await fixture.signer()).signRequest(ALICE, 'files', REQUEST);
    await verifier.verify(assertion, REQUEST);
    await expect(verifier.verify(assertion, request)).rejects.toThrow('the assertion is not bound to this request');
    await expect(verifier.verify(assertion)).rejects.toThrow('the assertion is not bound to this request');
  });

  it('is what a verifier insists on that is told to', async () => {
    const verifier = await fixture.verifier({ binding: 'request' });
    const assertion = await (await fixture.signer()).sign(ALICE, 'files');
    await expect(verifier.verify(assertion, REQUEST)).rejects.toThrow('the assertion is not bound to this request');
  });

  it('is accepted where nobody insists, so that binding can be introduced gateway first', async () => {
    const assertion = await (await fixture.signer()).signRequest(ALICE, 'files', REQUEST);
    expect(await (await fixture.verifier()).verify(assertion)).toEqual(ALICE);
  });
});
