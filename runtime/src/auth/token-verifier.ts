import { hash } from 'node:crypto';
import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Logger } from '../platform/logger';
import type { Caller } from './caller';
import { callerOf } from './claims';
import { Issuer, type IssuerOptions } from './issuer';

/** Asymmetric algorithms only: with HMAC, whoever knows the public key could sign. */
const ALGORITHMS = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519',
];

/** How far the clocks of issuer and verifier may be apart, for `exp` and `nbf`. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Verified tokens that are remembered at once. */
const REMEMBERED_TOKENS = 10_000;

export type InvalidTokenReason = 'invalid' | 'expired' | 'wrong_audience' | 'unknown_issuer';

/** The token is not accepted. The message says why and may be shown to the client: it holds nothing of the token. */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';

  constructor(readonly reason: InvalidTokenReason, message: string) {
    super(message);
  }
}

interface VerifiedToken {
  readonly caller: Caller;
  readonly audiences: readonly string[];
}

export interface TokenVerifierOptions {
  readonly issuers: readonly IssuerOptions[];
  readonly logger: Logger;
}

/**
 * Verifies JSON Web Tokens as access tokens (RFC 9068, without insisting on its `typ`).
 * A token is verified once and remembered until it expires, under its digest: who reads our memory finds no tokens.
 */
export class TokenVerifier {
  private readonly issuers: ReadonlyMap<string, Issuer>;
  private readonly verified = new LRUCache<string, VerifiedToken>({ max: REMEMBERED_TOKENS });

  constructor({ issuers, logger }: TokenVerifierOptions) {
    this.issuers = new Map(issuers.map((options) => [options.issuer, new Issuer(options, logger)]));
  }

  /**
   * Fetches the issuers' keys before the first token needs them.
   * Resolves once one issuer's are there: the callers of one are not kept out because another is away.
   *
   * @throws IssuerUnavailable when none can be reached.
   */
  async fetchKeys(): Promise<void> {
    const fetches = [...this.issuers.values()].map((issuer) => issuer.fetchKeys());
    const first = fetches[0];
    await Promise.any(fetches).catch(() => first);
  }

  /**
   * Who the token speaks for.
   *
   * @param audiences the token must be meant for at least one of these
   * @throws InvalidToken
   * @throws IssuerUnavailable when the issuer's keys cannot be had.
   */
  async verify(token: string, audiences: readonly string[]): Promise<Caller> {
    const key = hash('sha256', token, 'base64url');
    let verified = this.verified.get(key);
    if (verified === undefined) {
      verified = await this.verifySignature(token);
      this.verified.set(key, verified);
    }
    if (verified.caller.expiresAt + CLOCK_TOLERANCE_SECONDS <= Date.now() / 1000) {
      throw new InvalidToken('expired', 'the token has expired');
    }
    if (!verified.audiences.some((audience) => audiences.includes(audience))) {
      throw new InvalidToken('wrong_audience', 'the token is meant for another audience');
    }
    return verified.caller;
  }

  private async verifySignature(token: string): Promise<VerifiedToken> {
    const issuer = this.issuers.get(unverifiedIssuer(token));
    if (issuer === undefined) {
      throw new InvalidToken('unknown_issuer', 'the token comes from an issuer that is not accepted here');
    }
    try {
      const { payload } = await jwtVerify(token, issuer.key, {
        algorithms: ALGORITHMS,
        issuer: issuer.issuer,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      return { caller: callerOf(payload, issuer), audiences: [payload.aud ?? []].flat() };
    } catch (error) {
      throw error instanceof errors.JOSEError ? refusal(error) : error;
    }
  }
}

function unverifiedIssuer(token: string): string {
  let claims: JWTPayload;
  try {
    claims = decodeJwt(token);
  } catch {
    throw new InvalidToken('invalid', 'the token is not a JSON Web Token');
  }
  return claims.iss ?? '';
}

function refusal(error: errors.JOSEError): InvalidToken {
  if (error instanceof errors.JWTExpired) {
    return new InvalidToken('expired', 'the token has expired');
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new InvalidToken('invalid', `the token's claim ${error.claim} is missing or not acceptable`);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return new InvalidToken('invalid', 'the token is not signed with an asymmetric algorithm');
  }
  return new InvalidToken('invalid', 'the token cannot be verified with a key of its issuer');
}
