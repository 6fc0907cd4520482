import { randomBytes } from 'node:crypto';
import type { JWK } from 'jose';

/**
 * A new key set for session ids: one 256-bit key for `dir` with A256GCM.
 * Its id is random, not a thumbprint: key ids are public, and a thumbprint is a hash of the key (RFC 7638 section 7).
 */
export function newSessionKeySet(): { keys: JWK[] } {
  return {
    keys: [{
      kty: 'oct',
      use: 'enc',
      alg: 'dir',
      kid: randomBytes(6).toString('base64url'),
      k: randomBytes(32).toString('base64url'),
    }],
  };
}
