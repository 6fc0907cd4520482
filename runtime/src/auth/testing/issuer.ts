import { createServer } from 'node:http';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWK, JWTHeaderParameters, JWTPayload } from 'jose';
import { pathOf, sendJson } from '../../platform/http';
import { closeServer } from '../../platform/close-server';
import { listen } from '../../platform/listen';

export interface SignOptions {
  readonly header?: Partial<JWTHeaderParameters>;
  /** Key to sign with instead of the issuer's own. */
  readonly key?: CryptoKey | Uint8Array;
}

/** An issuer for tests, on a port of its own: discovery, keys, and tokens signed as the test wants them. */
export interface TestIssuer {
  readonly issuer: string;
  /** Its public keys, as they are served now. */
  readonly jwks: { readonly keys: JWK[] };
  /** Requests that it has answered so far, by path. */
  readonly requests: readonly string[];
  /** A token with `iss`, `sub`, `iat`, and `exp` in five minutes; claims replace these, or omit one by `undefined`. */
  sign(claims: JWTPayload, options?: SignOptions): Promise<string>;
  /** Replaces the signing key: the old one is no longer served. */
  rotate(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestIssuerOptions {
  readonly port?: number;
  /** Path of the issuer's URL. */
  readonly path?: string;
  /** Where its metadata stands. */
  readonly metadataPath?: string;
  /** What its metadata say instead of its own URL. */
  readonly claimedIssuer?: string;
}

interface SigningKey {
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK & { readonly kid: string };
}

export async function startIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { path = '', metadataPath = `${path}/.well-known/openid-configuration` } = options;
  const requests: string[] = [];
  let current = await makeKey(1);
  let keysMade = 1;

  const server = createServer((request, response) => {
    requests.push(pathOf(request));
    const answers: Record<string, object> = {
      [metadataPath]: { issuer: options.claimedIssuer ?? issuer, jwks_uri: `${issuer}/jwks` },
      [`${path}/jwks`]: { keys: [current.publicJwk] },
    };
    const answer = answers[pathOf(request)];
    sendJson(response, answer === undefined ? 404 : 200, answer ?? {});
  });
  const issuer = await listen(server, { host: '127.0.0.1', port: options.port ?? 0 }) + path;

  return {
    issuer,
    requests,
    get jwks() {
      return { keys: [current.publicJwk] };
    },
    sign: (claims, { header, key = current.privateKey } = {}) => {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ iss: issuer, sub: 'alice', iat: now, exp: now + 300, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: current.publicJwk.kid, ...header })
        .sign(key);
    },
    rotate: async () => {
      current = await makeKey(++keysMade);
    },
    stop: () => closeServer(server, 0),
  };
}

async function makeKey(number: number): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { privateKey, publicJwk: { ...await exportJWK(publicKey), kid: `key-${number}`, alg: 'ES256', use: 'sig' } };
}
