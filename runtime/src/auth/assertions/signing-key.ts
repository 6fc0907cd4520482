import { readFileSync } from 'node:fs';
import { importJWK, type CryptoKey } from 'jose';
import { z } from 'zod';
import { ASSERTION } from '../../../../lib/contract/assertions';
import { UsageError } from '../../platform/usage-error';

const privateKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string().min(1),
  x: z.base64url(),
  d: z.base64url(),
});

/** What a gateway signs with. */
export interface SigningKey {
  readonly id: string;
  readonly key: CryptoKey;
}

/**
 * Reads a private JSON Web Key as `cdk8s-mcp keys init` makes it.
 *
 * @throws UsageError naming the file and what is wrong with it, never the key.
 */
export async function readSigningKey(file: string): Promise<SigningKey> {
  try {
    const jwk = privateKeySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { id: jwk.kid, key: await importJWK(jwk, ASSERTION.ALGORITHM) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Errors of the file system have a code of capital letters; those of cryptography may quote what they were given.
    throw new UsageError(typeof code === 'string' && /^E[A-Z]+$/.test(code)
      ? `cannot read the assertion key in ${file}: ${code}; make it with 'cdk8s-mcp keys init'`
      : `${file} is not a private Ed25519 key with an id, as a JSON Web Key; make one with 'cdk8s-mcp keys init'`);
  }
}
