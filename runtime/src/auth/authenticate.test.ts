import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authenticator, type Authentication, type Refusal } from './authenticate';
import { startIssuer, type TestIssuer } from './testing/issuer';
import { TokenVerifier } from './token-verifier';

const PUBLIC_URL = 'https://mcp.example.com';
const ROUTE = '/servers/files/mcp';
const METADATA = `resource_metadata="${PUBLIC_URL}/.well-known/oauth-protected-resource${ROUTE}"`;

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await startIssuer();
});

afterAll(() => issuer.stop());

async function authenticate(token: string | undefined, requiredScopes: string[] = [], from = issuer) {
  const verifier = new TokenVerifier({
    issuers: [{ issuer: from.issuer, groupsClaim: 'groups' }], logger: pino({ level: 'silent' }),
  });
  const request = new IncomingMessage(new Socket());
  request.headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Authenticator({ verifier, publicUrl: PUBLIC_URL, requiredScopes }).authenticate(request, ROUTE);
}

function refusalOf(authentication: Authentication): Refusal {
  expect(authentication).toHaveProperty('refusal');
  return (authentication as { refusal: Refusal }).refusal;
}

describe('Authenticator', () => {
  it.each([PUBLIC_URL, PUBLIC_URL + ROUTE])('lets in a token for %s', async (aud) => {
    expect(await authenticate(await issuer.sign({ aud }))).toMatchObject({ caller: { subject: 'alice' } });
  });

  it('refuses a token for another route', async () => {
    const refusal = refusalOf(await authenticate(await issuer.sign({ aud: `${PUBLIC_URL}/servers/crm/mcp` })));
    expect(refusal).toMatchObject({ status: 401, outcome: 'wrong_audience' });
  });

  it('tells who comes without a token where to get one, and of no error', async () => {
    expect(refusalOf(await authenticate(undefined))).toMatchObject({
      status: 401, outcome: 'missing', body: { error: 'unauthorized' },
      headers: { 'www-authenticate': `Bearer ${METADATA}` },
    });
  });

  it.each([
    ['expired', { exp: 1 }], ['unknown_issuer', { iss: 'https://other.example.com' }], ['invalid', { exp: undefined }],
  ])('counts a refusal as %s', async (outcome, claims) => {
    const refusal = refusalOf(await authenticate(await issuer.sign({ aud: PUBLIC_URL, ...claims })));
    expect(refusal).toMatchObject({ status: 401, outcome, body: { error: 'invalid_token' } });
    expect(refusal.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token", /);
    expect(refusal.headers['www-authenticate']).toContain(METADATA);
  });

  it('asks for all the scopes that are needed, not only for the missing ones', async () => {
    const token = await issuer.sign({ aud: PUBLIC_URL, scope: 'mcp' });
    const refusal = refusalOf(await authenticate(token, ['mcp', 'tools']));
    expect(refusal).toMatchObject({ status: 403, outcome: 'insufficient_scope' });
    expect(refusal.headers['www-authenticate']).toContain('error="insufficient_scope"');
    expect(refusal.headers['www-authenticate']).toContain('scope="mcp tools"');
    expect(await authenticate(token, ['mcp'])).toHaveProperty('caller');
  });

  it('answers 503 when the issuer cannot be asked', async () => {
    const gone = await startIssuer();
    const token = await gone.sign({ aud: PUBLIC_URL });
    await gone.stop();
    expect(refusalOf(await authenticate(token, [], gone))).toMatchObject({
      status: 503, outcome: 'issuer_unavailable', headers: { 'retry-after': '5' },
    });
  });
});
