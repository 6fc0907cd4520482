import type { IncomingMessage } from 'node:http';
import { bearerToken } from './bearer';
import type { Caller } from './caller';
import { challenge, type ChallengeOptions } from './challenge';
import { IssuerUnavailable } from './issuer';
import { metadataUrl } from './protected-resource';
import { InvalidToken, type TokenVerifier } from './token-verifier';

/** Values of the label `outcome` of the metric of authentications. */
export const AUTH_OUTCOMES = [
  'ok', 'missing', 'invalid', 'expired', 'wrong_audience', 'unknown_issuer', 'insufficient_scope', 'issuer_unavailable',
] as const;

export type AuthOutcome = (typeof AUTH_OUTCOMES)[number];

/** The answer to a request that is not let in. */
export interface Refusal {
  readonly status: 401 | 403 | 503;
  readonly headers: Record<string, string>;
  readonly body: object;
  readonly outcome: AuthOutcome;
}

export type Authentication = { readonly caller: Caller } | { readonly refusal: Refusal };

/** Refusals that a better token would mend. */
type TokenOutcome = Exclude<AuthOutcome, 'ok' | 'issuer_unavailable'>;

const ISSUER_UNAVAILABLE: Authentication = {
  refusal: {
    status: 503,
    outcome: 'issuer_unavailable',
    headers: { 'retry-after': '5' },
    body: {
      error: 'temporarily_unavailable',
      error_description: 'the token cannot be verified now: its issuer does not answer',
    },
  },
};

export interface AuthenticatorOptions {
  readonly verifier: TokenVerifier;
  /** The gateway's URL for clients: the audience of tokens for the whole fleet. */
  readonly publicUrl: string;
  readonly requiredScopes: readonly string[];
}

/** Lets in who has an access token for this fleet, and tells the others how to get one. */
export class Authenticator {
  constructor(private readonly options: AuthenticatorOptions) {}

  /** @param routePath path of the route that is called: tokens for this route alone are accepted too. */
  async authenticate(request: IncomingMessage, routePath: string): Promise<Authentication> {
    const token = bearerToken(request);
    if (token === undefined) {
      return this.refuse(routePath, 'missing', 'send an access token in the Authorization header');
    }
    const { verifier, publicUrl, requiredScopes } = this.options;
    try {
      const caller = await verifier.verify(token, [publicUrl, publicUrl + routePath]);
      return requiredScopes.every((scope) => caller.scopes.includes(scope))
        ? { caller }
        : this.refuse(routePath, 'insufficient_scope', 'the token lacks a scope that is needed here');
    } catch (error) {
      if (error instanceof InvalidToken) {
        return this.refuse(routePath, error.reason, error.message);
      }
      if (error instanceof IssuerUnavailable) {
        return ISSUER_UNAVAILABLE;
      }
      throw error;
    }
  }

  private refuse(routePath: string, outcome: TokenOutcome, description: string): Authentication {
    const { publicUrl, requiredScopes } = this.options;
    const error = errorOf(outcome);
    return {
      refusal: {
        status: outcome === 'insufficient_scope' ? 403 : 401,
        outcome,
        headers: {
          'www-authenticate': challenge({
            resourceMetadataUrl: metadataUrl(publicUrl, routePath),
            scopes: requiredScopes,
            ...(error === undefined ? {} : { error, description }),
          }),
        },
        body: { error: error ?? 'unauthorized', error_description: description },
      },
    };
  }
}

/** Who has sent no token has made no error, and the challenge tells of none (RFC 6750 section 3.1). */
function errorOf(outcome: TokenOutcome): ChallengeOptions['error'] {
  switch (outcome) {
    case 'missing':
      return undefined;
    case 'insufficient_scope':
      return 'insufficient_scope';
    default:
      return 'invalid_token';
  }
}
