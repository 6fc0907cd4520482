import { errors, type JWTPayload } from 'jose';
import type { Caller } from './caller';
import type { IssuerOptions } from './issuer';

/**
 * What verified claims say about the caller.
 *
 * @throws errors.JWTClaimValidationFailed when they do not say who it is, or for how long.
 */
export function callerOf(claims: JWTPayload, { issuer, groupsClaim }: IssuerOptions): Caller {
  const { sub, exp } = claims;
  if (typeof sub !== 'string' || sub === '') {
    throw new errors.JWTClaimValidationFailed('"sub" must be a string', claims, 'sub');
  }
  if (exp === undefined) {
    throw new errors.JWTClaimValidationFailed('"exp" is missing', claims, 'exp');
  }
  return { issuer, subject: sub, groups: strings(claims[groupsClaim]), scopes: scopesOf(claims), expiresAt: exp };
}

/** `scope` is the standard's claim (RFC 9068 section 2.2.3); Entra ID and Okta write `scp`, the latter as a list. */
function scopesOf(claims: JWTPayload): string[] {
  return strings(claims.scope ?? claims.scp).flatMap((value) => value.split(' ')).filter((scope) => scope !== '');
}

function strings(claim: unknown): string[] {
  return [claim].flat().filter((value): value is string => typeof value === 'string');
}
