import { SignJWT, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { ASSERTION } from '../../../../lib/contract/assertions';
import { principalKey, type Principal } from '../principal';
import { bindingClaims, type RequestBinding } from './request-binding';
import type { SigningKey } from './signing-key';

/** Then a new one is made. The other half of its life is for clocks that differ and requests on their way. */
const RENEW_AFTER_MS = ASSERTION.LIFETIME_SECONDS * 1000 / 2;

/** Pairs of caller and server whose assertions are remembered at once. */
const REMEMBERED_ASSERTIONS = 10_000;

interface Made {
  /** A promise until it is signed: all who want it meanwhile wait for the same one. */
  assertion: string | Promise<string>;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
}

/**
 * Makes assertions of who calls, for one server each. One is made for a caller and a server and remembered,
 * so that hardly any call pays for a signature.
 */
export class AssertionSigner {
  private readonly made = new LRUCache<string, Made>({ max: REMEMBERED_ASSERTIONS });

  constructor(private readonly signingKey: SigningKey) {}

  /** An assertion for one server. Without a promise where there is one already, as there is for nearly every call. */
  sign(principal: Principal, server: string): string | Promise<string> {
    // Names of servers hold no brackets or quotes.
    const key = server + principalKey(principal);
    const made = this.made.get(key);
    if (made !== undefined && isFresh(made)) {
      return made.assertion;
    }
    return this.remember(key, this.make(principal, server));
  }

  /** An assertion that is good for one request only; each costs a signature. */
  signRequest(principal: Principal, server: string, request: RequestBinding): Promise<string> {
    return this.make(principal, server, { ...bindingClaims(request) });
  }

  private remember(key: string, assertion: Promise<string>): Promise<string> {
    const entry: Made = { assertion, madeAt: Date.now() };
    this.made.set(key, entry);
    return assertion.then((signed) => entry.assertion = signed, (error: unknown) => {
      this.made.delete(key);
      throw error;
    });
  }

  private make({ issuer, subject }: Principal, server: string, more: JWTPayload = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({
      ...more,
      iss: ASSERTION.ISSUER,
      aud: server,
      sub: subject,
      caller_issuer: issuer,
      iat: now,
      exp: now + ASSERTION.LIFETIME_SECONDS,
    })
      .setProtectedHeader({ alg: ASSERTION.ALGORITHM, typ: ASSERTION.TYPE, kid: this.signingKey.id })
      .sign(this.signingKey.key);
  }
}

/** A clock that was set back must not keep an assertion for longer than it lives. */
function isFresh({ madeAt }: Made): boolean {
  const age = Date.now() - madeAt;
  return age >= 0 && age < RENEW_AFTER_MS;
}
