import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AssertionFixture } from '../auth/assertions/testing/assertion-fixture';
import type { Principal } from '../auth/principal';
import { createCallerAuthenticator } from './authenticate-caller';
import { Refusal } from './refusal';

const ALICE = { issuer: 'https://auth.example.com', subject: 'alice' };

let fixture: AssertionFixture;
let authenticate: (request: IncomingMessage) => Principal | Promise<Principal>;

beforeAll(async () => {
  fixture = await AssertionFixture.create();
  authenticate = createCallerAuthenticator(await fixture.verifier());
});

afterAll(() => fixture.remove());

function requestWith(headers: Record<string, string>): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), { headers });
}

describe('the authenticator of callers', () => {
  it('learns from the assertion who calls, at once when it knows it', async () => {
    const assertion = await (await fixture.signer()).sign(ALICE, 'files');
    expect(await authenticate(requestWith({ 'cdk8s-mcp-assertion': assertion }))).toEqual(ALICE);
    expect(authenticate(requestWith({ 'cdk8s-mcp-assertion': assertion }))).toEqual(ALICE);
  });

  it('refuses who brings none', () => {
    expect(() => authenticate(requestWith({ authorization: 'Bearer x' }))).toThrow(expect.objectContaining({
      status: 401,
      message: 'Not authenticated: the header cdk8s-mcp-assertion is missing: '
        + 'this server is to be called through its gateway',
    }));
  });

  it.each([
    ['for another server', async () => (await fixture.signer()).sign(ALICE, 'crm'), 'meant for another server'],
    ['that is none', () => 'x', 'not a JSON Web Token'],
    ['twice', async () => Array(2).fill(await (await fixture.signer()).sign(ALICE, 'files')).join(', '), 'assertion'],
  ])('refuses who brings one %s', async (_how, make, reason) => {
    const refused = async () => authenticate(requestWith({ 'cdk8s-mcp-assertion': await make() }));
    await expect(refused()).rejects.toThrow(Refusal);
    await expect(refused()).rejects.toMatchObject({ status: 401 });
    await expect(refused()).rejects.toThrow(reason);
  });
});
