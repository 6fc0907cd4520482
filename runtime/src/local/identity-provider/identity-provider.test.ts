import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLogger } from '../../platform/logger';
import { signIn } from '../testing/sign-in';
import { startIdentityProvider, type RunningIdentityProvider } from './identity-provider';
import { MINT_PATH, type MintRequest } from './mint';

const AUDIENCE = 'http://127.0.0.1:8080';
const SECRET = 's'.repeat(40);
const REDIRECT_URI = 'http://localhost:9999/callback';

let provider: RunningIdentityProvider;
let metadata: Record<string, string>;

beforeEach(async () => {
  vi.spyOn(console, 'warn').mockReturnValue(); // oidc-provider warns about a production use that this is not
  provider = await startIdentityProvider(
    { listen: '127.0.0.1:0', audience: AUDIENCE, scopes: ['mcp'], mintSecret: SECRET }, createLogger('test', 'silent'));
  metadata = await json(await fetch(`${provider.issuer}/.well-known/openid-configuration`));
});

afterEach(async () => {
  await provider.stop();
  vi.restoreAllMocks();
});

async function json<T = Record<string, string>>(response: Response): Promise<T> {
  return await response.json() as T;
}

function claimsOf(token: string, options = {}): Promise<{ payload: JWTPayload }> {
  return jwtVerify(token, createRemoteJWKSet(new URL(metadata.jwks_uri!)), { issuer: provider.issuer, ...options });
}

describe('minting', () => {
  function mint(request: Partial<MintRequest> = {}, secret = SECRET): Promise<Response> {
    return fetch(provider.issuer + MINT_PATH, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: JSON.stringify({ subject: 'alice', ttlSeconds: 60, audience: AUDIENCE, ...request }),
    });
  }

  test('makes a token that the published keys verify', async () => {
    const { token } = await json(await mint({ groups: ['support'], scopes: ['a', 'b'] }));
    const { payload } = await claimsOf(token!, { audience: AUDIENCE, typ: 'at+jwt' });
    expect(payload).toMatchObject({ sub: 'alice', groups: ['support'], scope: 'a b' });
    expect(payload.exp! - payload.iat!).toBe(60);
  });

  test('makes expired tokens and tokens for others, for tests', async () => {
    const { token: expired } = await json(await mint({ ttlSeconds: -60 }));
    await expect(claimsOf(expired!)).rejects.toThrow('"exp" claim timestamp check failed');
    const { token: foreign } = await json(await mint({ audience: 'https://elsewhere.example.com' }));
    expect((await claimsOf(foreign!)).payload.aud).toBe('https://elsewhere.example.com');
  });

  test('asks for the secret', async () => {
    expect((await mint({}, 'wrong')).status).toBe(401);
    expect((await fetch(provider.issuer + MINT_PATH, { method: 'POST' })).status).toBe(401);
  });

  test('says what is wrong with a request', async () => {
    const response = await mint({ subject: '' });
    expect(response.status).toBe(400);
    expect((await json(response)).error).toMatch(/^subject: /);
  });
});

describe('an MCP client', () => {
  const verifier = randomBytes(32).toString('base64url');

  async function register(): Promise<string> {
    const response = await fetch(metadata.registration_endpoint!, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Test <client>', redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
      }),
    });
    expect(response.status).toBe(201);
    return (await json(response)).client_id!;
  }

  function authorizationUrl(clientId: string, resource: string, challenge = sha256(verifier)): string {
    const parameters = new URLSearchParams({
      response_type: 'code', client_id: clientId, redirect_uri: REDIRECT_URI, scope: 'mcp', resource,
      ...(challenge === '' ? {} : { code_challenge: challenge, code_challenge_method: 'S256' }),
    });
    return `${metadata.authorization_endpoint}?${parameters.toString()}`;
  }

  async function redeem(clientId: string, code: string, resource: string): Promise<Record<string, string>> {
    return json(await fetch(metadata.token_endpoint!, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code', client_id: clientId, code, redirect_uri: REDIRECT_URI,
        code_verifier: verifier, resource,
      }),
    }));
  }

  test.each([
    ['the whole fleet', AUDIENCE, AUDIENCE],
    ['the whole fleet, as URL classes write it', `${AUDIENCE}/`, AUDIENCE],
    ['one route', `${AUDIENCE}/servers/files/mcp`, `${AUDIENCE}/servers/files/mcp`],
  ])('registers, signs in and gets a token for %s', async (_name, resource, audience) => {
    const clientId = await register();
    const form = { subject: 'alice', groups: 'support, sales' };
    const { callback, page } = await signIn(authorizationUrl(clientId, resource), REDIRECT_URI, form);
    expect(page).toContain('Test &#60;client&#62;');
    const answer = await redeem(clientId, callback.searchParams.get('code')!, resource);
    const { payload } = await claimsOf(answer.access_token!, { audience });
    expect(payload).toMatchObject({ sub: 'alice', groups: ['support', 'sales'], scope: 'mcp' });
  });

  test('that asks for no scope gets all that the fleet requires', async () => {
    const clientId = await register();
    const url = new URL(authorizationUrl(clientId, AUDIENCE));
    url.searchParams.delete('scope');
    const { callback } = await signIn(url, REDIRECT_URI, { subject: 'alice', groups: '' });
    const answer = await redeem(clientId, callback.searchParams.get('code')!, AUDIENCE);
    expect((await claimsOf(answer.access_token!)).payload).toMatchObject({ sub: 'alice', groups: [], scope: 'mcp' });
  });

  test('gets no token for a resource of others', async () => {
    const clientId = await register();
    const response = await fetch(authorizationUrl(clientId, 'http://127.0.0.1:80801/'), { redirect: 'manual' });
    expect(response.headers.get('location')).toContain('error=invalid_target');
  });

  test('must use PKCE', async () => {
    const clientId = await register();
    const response = await fetch(authorizationUrl(clientId, AUDIENCE, ''), { redirect: 'manual' });
    expect(response.headers.get('location')).toContain('error=invalid_request');
  });

  test('must say who it is when it signs in', async () => {
    const response = await fetch(`${provider.issuer}/login/unknown`);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('expired');
  });

  function sha256(text: string): string {
    return createHash('sha256').update(text).digest('base64url');
  }
});
