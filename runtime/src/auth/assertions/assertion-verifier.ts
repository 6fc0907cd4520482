import { decodeProtectedHeader, errors, jwtVerify, type CryptoKey, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { ASSERTION } from '../../../../lib/contract/assertions';
import type { Logger } from '../../platform/logger';
import type { Principal } from '../principal';
import { InvalidAssertion } from './invalid-assertion';
import { PublicKeys } from './public-keys';
import { isBoundTo, type RequestBinding } from './request-binding';

/** How far the clocks of gateway and proxy may be apart. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Verified assertions that are remembered at once. */
const REMEMBERED_ASSERTIONS = 10_000;

export interface AssertionVerifierOptions {
  /** The only server whose assertions are accepted. */
  readonly server: string;
  /** JSON Web Key Set with the public keys of the gateways. */
  readonly keysFile: string;
  readonly logger: Logger;
  /** `request`: accepts only assertions that are bound to the request that they come with. Default: `none`. */
  readonly binding?: 'none' | 'request';
}

interface Verified {
  readonly principal: Principal;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** Checks assertions of who calls. An assertion is verified once and remembered until it expires. */
export class AssertionVerifier {
  private readonly verified = new LRUCache<string, Verified>({ max: REMEMBERED_ASSERTIONS });

  private constructor(
    private readonly keys: PublicKeys, private readonly server: string, private readonly binding: 'none' | 'request',
  ) {
    keys.onChange = () => this.verified.clear();
  }

  /** @throws UsageError when the keys cannot be used. */
  static async create({ server, keysFile, logger, binding = 'none' }: AssertionVerifierOptions): Promise<AssertionVerifier> {
    return new AssertionVerifier(await PublicKeys.read(keysFile, logger), server, binding);
  }

  /**
   * Who calls. Without a promise where the assertion is known already, as it is for nearly every call.
   *
   * @param request what the caller asks for; needed where assertions must be bound to it
   * @throws InvalidAssertion, as a rejection too.
   */
  verify(assertion: string, request?: RequestBinding): Principal | Promise<Principal> {
    const known = this.verified.get(assertion);
    if (known === undefined) {
      return this.verifySignature(assertion, request);
    }
    if (known.expiresAt + CLOCK_TOLERANCE_SECONDS <= Date.now() / 1000) {
      throw new InvalidAssertion('the assertion has expired');
    }
    return known.principal;
  }

  private async verifySignature(assertion: string, request?: RequestBinding): Promise<Principal> {
    const claims = await this.claimsOf(assertion);
    const principal = principalOf(claims);
    if (this.binding === 'none') {
      this.verified.set(assertion, { principal, expiresAt: claims.exp! });
    } else if (request === undefined || !isBoundTo(claims, request)) {
      // Not remembered: it is good for this one request only.
      throw new InvalidAssertion('the assertion is not bound to this request');
    }
    return principal;
  }

  private async claimsOf(assertion: string): Promise<JWTPayload> {
    const key = await this.keyOf(assertion);
    try {
      const { payload } = await jwtVerify(assertion, key, {
        algorithms: [ASSERTION.ALGORITHM],
        typ: ASSERTION.TYPE,
        issuer: ASSERTION.ISSUER,
        audience: this.server,
        requiredClaims: ['iat', 'exp', 'sub', 'caller_issuer'],
        // Also refuses what was issued in the future.
        maxTokenAge: ASSERTION.LIFETIME_SECONDS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      return payload;
    } catch (error) {
      throw error instanceof errors.JOSEError ? refusal(error) : error;
    }
  }

  private async keyOf(assertion: string): Promise<CryptoKey> {
    let kid: unknown;
    try {
      ({ kid } = decodeProtectedHeader(assertion));
    } catch {
      throw new InvalidAssertion('the assertion is not a JSON Web Token');
    }
    const key = typeof kid === 'string' ? await this.keys.find(kid) : undefined;
    if (key === undefined) {
      throw new InvalidAssertion('the assertion names no key of the gateways that are known here');
    }
    return key;
  }
}

function principalOf({ sub, caller_issuer: issuer, iat, exp, aud }: JWTPayload): Principal {
  if (exp! - iat! > ASSERTION.LIFETIME_SECONDS) {
    throw new InvalidAssertion(`the assertion is good for more than ${ASSERTION.LIFETIME_SECONDS} s`);
  }
  // An assertion for two servers could be used by one of them at the other.
  if (typeof aud !== 'string') {
    throw new InvalidAssertion('the assertion is meant for more than one server');
  }
  if (typeof sub !== 'string' || sub === '' || typeof issuer !== 'string' || issuer === '') {
    throw new InvalidAssertion('the assertion does not say who calls');
  }
  return Object.freeze({ issuer, subject: sub });
}

function refusal(error: errors.JOSEError): InvalidAssertion {
  if (error instanceof errors.JWTExpired) {
    return new InvalidAssertion('the assertion has expired');
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new InvalidAssertion(error.claim === 'aud'
      ? 'the assertion is meant for another server'
      : `the assertion's ${error.claim} is missing or not acceptable`);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return new InvalidAssertion(`the assertion is not signed with ${ASSERTION.ALGORITHM}`);
  }
  return new InvalidAssertion('the assertion cannot be verified with the key that it names');
}
