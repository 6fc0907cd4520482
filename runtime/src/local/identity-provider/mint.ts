import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { describeIssues } from '../../../../lib/contract/config-error';
import { readBody, sendJson } from '../../platform/http';
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key';

/** Where `cdk8s-mcp token` asks for tokens. */
export const MINT_PATH = '/local/tokens';

const BODY_LIMIT_BYTES = 64 * 1024;

/** Whatever a developer or a test wants: also tokens that have expired, and for other audiences. */
export const mintRequestSchema = z.strictObject({
  subject: z.string().min(1),
  groups: z.array(z.string()).default([]),
  scopes: z.array(z.string()).default([]),
  ttlSeconds: z.number().int(),
  audience: z.string().min(1),
});

export const mintAnswerSchema = z.union([z.object({ token: z.string() }), z.object({ error: z.string() })]);

export type MintRequest = z.infer<typeof mintRequestSchema>;

export interface Mint {
  readonly issuer: string;
  readonly key: SigningKey;
  readonly secret: string;
}

/** Answers a request for a token from whoever knows the run's secret; the signing key stays here. */
export async function handleMint(mint: Mint, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!knowsSecret(mint.secret, request.headers.authorization)) {
    return sendJson(response, 401, { error: 'wrong secret' }, { 'www-authenticate': 'Bearer' });
  }
  const body = (await readBody(request, BODY_LIMIT_BYTES)).toString();
  const result = z.string().transform(parseJson).pipe(mintRequestSchema).safeParse(body);
  if (!result.success) {
    return sendJson(response, 400, { error: describeIssues(result.error).join('; ') });
  }
  sendJson(response, 200, { token: await sign(mint, result.data) }, { 'cache-control': 'no-store' });
}

/** An access token as RFC 9068 describes it. */
async function sign({ issuer, key }: Mint, request: MintRequest): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const expiresAt = now + request.ttlSeconds;
  return new SignJWT({
    groups: request.groups,
    client_id: 'cdk8s-mcp',
    ...(request.scopes.length > 0 ? { scope: request.scopes.join(' ') } : {}),
  })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: 'at+jwt', kid: key.jwk.kid })
    .setIssuer(issuer)
    .setSubject(request.subject)
    .setAudience(request.audience)
    .setJti(randomUUID())
    .setIssuedAt(Math.min(now, expiresAt))
    .setExpirationTime(expiresAt)
    .sign(key.privateKey);
}

/** Compares hashes, which have one length, so that the time it takes tells nothing. */
function knowsSecret(secret: string, authorization = ''): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(`Bearer ${secret}`), hash(authorization));
}

function parseJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('must be JSON');
    return z.NEVER;
  }
}
