import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import { z } from 'zod';
import { UsageError } from '../../platform/usage-error';

/** Bytes of an A256GCM key. */
const KEY_BYTES = 32;

const keySetSchema = z.object({
  keys: z.array(z.object({
    kty: z.literal('oct'),
    kid: z.string().min(1),
    k: z.base64url(),
  })).min(1),
});

/** The keys of session ids. All decrypt, so that a new key can be rolled out before it encrypts. */
export interface SessionKeys {
  readonly encryptWith: string;
  readonly byId: ReadonlyMap<string, webcrypto.CryptoKey>;
}

/**
 * Reads a JSON Web Key Set as `cdk8s-mcp keys init` makes it.
 *
 * @throws UsageError naming the file and what is wrong with it, never a key.
 */
export async function readSessionKeys(file: string): Promise<SessionKeys> {
  const { keys } = parse(file);
  const byId = new Map<string, webcrypto.CryptoKey>();
  for (const { kid, k } of keys) {
    const bytes = Buffer.from(k, 'base64url');
    if (bytes.length !== KEY_BYTES) {
      throw new UsageError(`${file}: key '${kid}' has ${bytes.length * 8} bits, not ${KEY_BYTES * 8}`);
    }
    byId.set(kid, await webcrypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']));
  }
  return { encryptWith: keys[0]!.kid, byId };
}

function parse(file: string): z.infer<typeof keySetSchema> {
  try {
    return keySetSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new UsageError(typeof code === 'string'
      ? `cannot read the session keys in ${file}: ${code}; make them with 'cdk8s-mcp keys init'`
      : `${file} is not a JSON Web Key Set of 'oct' keys with ids; make one with 'cdk8s-mcp keys init'`);
  }
}
