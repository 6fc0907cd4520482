import { createRemoteJWKSet, errors, type JWTVerifyGetKey, type RemoteJWKSet } from 'jose';
import { z } from 'zod';
import type { Logger } from '../platform/logger';

const TIMEOUT_MS = 5000;

/**
 * A token with an unknown key id makes us fetch the keys again, but no sooner than this after the last time:
 * whoever invents key ids must not make us flood the issuer. A rotated key is accepted after at most this.
 */
const REFETCH_COOLDOWN_MS = 5000;

/** A key that the issuer no longer publishes verifies no new token after this. */
const KEYS_MAX_AGE_MS = 10 * 60 * 1000;

/** The issuer's metadata or keys cannot be had now. That is nobody's fault who asks: 503, not 401. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

export interface IssuerOptions {
  readonly issuer: string;
  /** The claim that lists the caller's groups. */
  readonly groupsClaim: string;
}

/** An issuer whose tokens are accepted, and its signing keys: found by discovery at the first token, then kept. */
export class Issuer {
  readonly issuer: string;
  readonly groupsClaim: string;
  private keySet?: Promise<RemoteJWKSet>;
  private reachable = true;

  constructor(options: IssuerOptions, private readonly logger: Logger) {
    this.issuer = options.issuer;
    this.groupsClaim = options.groupsClaim;
  }

  /**
   * The key that a token names.
   *
   * @throws errors.JWKSNoMatchingKey or errors.JWKSMultipleMatchingKeys when the token names none of the issuer's.
   * @throws IssuerUnavailable
   */
  readonly key: JWTVerifyGetKey = (header, token) => this.ask((keys) => keys(header, token));

  /**
   * Fetches the keys before the first token needs them.
   *
   * @throws IssuerUnavailable
   */
  fetchKeys(): Promise<void> {
    return this.ask((keys) => keys.reload());
  }

  private async ask<T>(question: (keys: RemoteJWKSet) => Promise<T>): Promise<T> {
    try {
      const answer = await question(await this.keys());
      this.report(true);
      return answer;
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
        throw error;
      }
      const reason = describe(error);
      this.report(false, reason);
      throw new IssuerUnavailable(`${this.issuer} cannot be asked for its keys: ${reason}`);
    }
  }

  private keys(): Promise<RemoteJWKSet> {
    // Shared by all who ask meanwhile; a failure is forgotten, so that the next token tries again.
    this.keySet ??= this.discover().catch((error: unknown) => {
      this.keySet = undefined;
      throw error;
    });
    return this.keySet;
  }

  private async discover(): Promise<RemoteJWKSet> {
    const problems: string[] = [];
    for (const url of metadataUrls(this.issuer)) {
      try {
        const jwksUri = await fetchJwksUri(url, this.issuer);
        return createRemoteJWKSet(jwksUri, {
          timeoutDuration: TIMEOUT_MS, cooldownDuration: REFETCH_COOLDOWN_MS, cacheMaxAge: KEYS_MAX_AGE_MS,
        });
      } catch (error) {
        problems.push(`${url}: ${describe(error)}`);
      }
    }
    throw new Error(problems.join('; '));
  }

  /** Logs changes only: an issuer that is away would otherwise fill the log, a line for each request. */
  private report(reachable: boolean, reason?: string): void {
    if (reachable !== this.reachable) {
      this.reachable = reachable;
      this.logger.warn({ issuer: this.issuer, reason }, reachable ? 'issuer is back' : 'issuer cannot be reached');
    }
  }
}

/** OpenID Connect Discovery 1.0 section 4 appends to the issuer's path, RFC 8414 section 3.1 inserts before it. */
function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
}

async function fetchJwksUri(url: string, issuer: string): Promise<URL> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' }, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) {
    throw new Error(`answered ${response.status}`);
  }
  const metadata = z.object({
    // Metadata that speaks for another issuer is not to be used (RFC 8414 section 3.3).
    issuer: z.literal(issuer),
    jwks_uri: z.url({ protocol: issuer.startsWith('https:') ? /^https$/ : /^https?$/ }),
  }).parse(await response.json());
  return new URL(metadata.jwks_uri);
}

/** `fetch` hides why it failed in the error's cause. */
function describe(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join(', ');
  }
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
