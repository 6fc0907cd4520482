import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { ASSERTION } from '../../../../lib/contract/assertions';

export interface AssertionKeyPair {
  /** For the gateway alone. */
  readonly privateKey: JWK;
  /** For every proxy: a JSON Web Key Set, so that it can hold a next key beside the present one. */
  readonly publicKeys: { readonly keys: readonly JWK[] };
}

/** A new key pair for assertions. The key's id is the thumbprint of its public half (RFC 7638). */
export async function newAssertionKeys(): Promise<AssertionKeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(ASSERTION.ALGORITHM, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const common = { kid: await calculateJwkThumbprint(publicJwk), use: 'sig', alg: ASSERTION.ALGORITHM };
  return {
    privateKey: { ...await exportJWK(privateKey), ...common },
    publicKeys: { keys: [{ ...publicJwk, ...common }] },
  };
}
