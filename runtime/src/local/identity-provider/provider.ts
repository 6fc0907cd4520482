import { randomBytes } from 'node:crypto';
import {
  Provider, errors, interactionPolicy, type Configuration, type Grant, type KoaContextWithOIDC, type ResourceServer,
} from 'oidc-provider';
import type { Accounts } from './accounts';
import type { IdentityProviderConfig } from './configuration';
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key';

/** Where people sign in; the interaction's id follows. */
export const LOGIN_PATH = '/login/';

const AUTHORIZATION_PATH = '/auth';
const ACCESS_TOKEN_SECONDS = 3600;
const SIGN_IN_SECONDS = 600;

/**
 * An OpenID provider for MCP clients on this machine: authorization code with PKCE, dynamic client registration
 * (RFC 7591), and JWT access tokens for the resource that the client names (RFC 8707).
 */
export function createProvider(
  issuer: string, config: IdentityProviderConfig, key: SigningKey, accounts: Accounts,
): Provider {
  const configuration: Configuration = {
    jwks: { keys: [key.jwk] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    routes: { authorization: AUTHORIZATION_PATH },
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access', ...config.scopes],
    claims: { openid: ['sub', 'groups'] },
    findAccount: (_context, subject) => accounts.account(subject),
    extraTokenClaims: (_context, token) => (
      'accountId' in token ? { groups: accounts.groupsOf(token.accountId) } : undefined
    ),
    interactions: {
      url: (_context, { uid }) => LOGIN_PATH + uid,
      policy: signInEveryTime(),
    },
    loadExistingGrant: grantEverythingAsked,
    clientBasedCORS: () => true,
    ttl: {
      AccessToken: ACCESS_TOKEN_SECONDS, IdToken: ACCESS_TOKEN_SECONDS, Interaction: SIGN_IN_SECONDS,
      Session: ACCESS_TOKEN_SECONDS, Grant: 24 * ACCESS_TOKEN_SECONDS, RefreshToken: 24 * ACCESS_TOKEN_SECONDS,
    },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_context, _client, oneOf) => oneOf?.[0] ?? config.audience,
        getResourceServerInfo: (_context, resource) => resourceServer(resource, config),
        useGrantedResource: () => true,
      },
    },
  };
  const provider = new Provider(issuer, configuration);
  provider.use(defaultScope([...config.scopes, 'openid'].join(' ')));
  return provider;
}

/** MCP clients ask for no scope where a resource requires none; the library would refuse them (RFC 6749, 3.3). */
function defaultScope(scope: string): Parameters<Provider['use']>[0] {
  return async (context, next) => {
    if (context.path === AUTHORIZATION_PATH && context.query.scope === undefined) {
      context.query = { ...context.query, scope };
    }
    await next();
  };
}

/** The fleet, or one route of it. */
function resourceServer(resource: string, { audience, scopes }: IdentityProviderConfig): ResourceServer {
  // A client that builds its resource with a URL class asks for the bare origin with a slash.
  const canonical = resource.replace(/\/$/, '');
  if (canonical !== audience && !canonical.startsWith(`${audience}/`)) {
    throw new errors.InvalidTarget(`tokens are made for ${audience} and the URLs below it only`);
  }
  return {
    audience: canonical,
    scope: scopes.join(' '),
    accessTokenFormat: 'jwt',
    accessTokenTTL: ACCESS_TOKEN_SECONDS,
    jwt: { sign: { alg: SIGNING_ALGORITHM } },
  };
}

/** Developers change their minds about who they are: no session is remembered, and consent is never asked for. */
function signInEveryTime(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.remove('consent');
  policy.get('login')?.checks.add(new interactionPolicy.Check(
    'every_time', 'every authorization begins with a sign-in', (context) => context.oidc.result?.login === undefined,
  ));
  return policy;
}

async function grantEverythingAsked(context: KoaContextWithOIDC): Promise<Grant> {
  const { client, session, provider, resourceServers } = context.oidc;
  const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId });
  grant.addOIDCScope('openid offline_access');
  for (const [resource, { scope }] of Object.entries(resourceServers ?? {})) {
    grant.addResourceScope(resource, scope);
  }
  await grant.save();
  return grant;
}
