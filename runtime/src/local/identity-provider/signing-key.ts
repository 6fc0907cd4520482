import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';

/** OpenID Connect's default, which every client understands (OpenID Connect Registration 1.0 section 2). */
export const SIGNING_ALGORITHM = 'RS256';

export interface SigningKey {
  readonly jwk: JWK & { readonly kid: string };
  readonly privateKey: CryptoKey;
}

/** A new key for each run, kept in memory: tokens of an earlier run are worth nothing. */
export async function newSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  const jwk = { ...await exportJWK(privateKey), kid: randomUUID(), use: 'sig', alg: SIGNING_ALGORITHM };
  return { jwk, privateKey };
}
