import { CompactEncrypt, compactDecrypt, errors, type CompactJWEHeaderParameters } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../../auth/caller';
import type { SessionKeys } from './session-keys';

/** A session with one server. */
export interface UpstreamSession {
  readonly server: string;
  /** `host:port` of the replica that holds it. */
  readonly endpoint: string;
  /** Session id that the replica gave; absent when the server keeps no sessions. */
  readonly id?: string;
  /** Protocol revision that the server negotiated, where it differs from the client's. */
  readonly revision?: string;
}

/** What a client's session is, as its id says. */
export interface Session {
  /** Path of the route that it was opened on. */
  readonly route: string;
  readonly issuer: string;
  readonly subject: string;
  /** Name and version of the client's program. */
  readonly client?: string;
  /** Seconds since the epoch. */
  readonly startedAt: number;
  readonly upstreams: readonly UpstreamSession[];
}

/**
 * Longest session id. Headers of 16 KiB in all are what common clients and load balancers take,
 * and the access token is one of them.
 */
const LONGEST_TOKEN = 8 * 1024;

/** Characters of tokens whose content may be remembered in all. */
const REMEMBERED_CHARACTERS = 16 * 1024 * 1024;

/** The session would need an id longer than headers allow. */
export class SessionTooLarge extends Error {
  override readonly name = 'SessionTooLarge';
}

/**
 * Session ids that say where the session lives, encrypted and authenticated (JWE, RFC 7516): any replica of the
 * gateway serves any request, and none holds state. The session's owner is in the id, so nobody else can use it.
 */
export class SessionTokens {
  private readonly opened = new LRUCache<string, Session>({
    maxSize: REMEMBERED_CHARACTERS,
    sizeCalculation: (_session, token) => token.length,
  });

  constructor(private readonly keys: SessionKeys) {}

  /** @throws SessionTooLarge */
  async seal(session: Session): Promise<string> {
    const kid = this.keys.encryptWith;
    const token = await new CompactEncrypt(Buffer.from(JSON.stringify(session)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
      .encrypt(this.keys.byId.get(kid)!);
    if (token.length > LONGEST_TOKEN) {
      throw new SessionTooLarge(
        `a session with ${session.upstreams.length} servers needs an id of ${token.length} characters,`
        + ` ${LONGEST_TOKEN} are possible`);
    }
    this.opened.set(token, session);
    return token;
  }

  /**
   * The session that a token names, or undefined when it is none of this caller's on this route:
   * altered, sealed by unknown keys, somebody else's or another route's.
   * Without a promise where the token is known already, as it is for nearly every request.
   */
  open(token: string, caller: Caller, route: string): Session | undefined | Promise<Session | undefined> {
    const session = this.opened.get(token);
    return session === undefined
      ? this.decrypt(token).then((decrypted) => ownedBy(decrypted, caller, route))
      : ownedBy(session, caller, route);
  }

  private async decrypt(token: string): Promise<Session | undefined> {
    if (token.length > LONGEST_TOKEN) {
      return undefined;
    }
    try {
      const { plaintext } = await compactDecrypt(token, (header) => this.keyOf(header), {
        keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'],
      });
      const session = JSON.parse(Buffer.from(plaintext).toString()) as Session;
      this.opened.set(token, session);
      return session;
    } catch (error) {
      if (error instanceof errors.JOSEError) {
        return undefined;
      }
      throw error;
    }
  }

  private keyOf(header: CompactJWEHeaderParameters) {
    const key = this.keys.byId.get(String(header.kid));
    if (key === undefined) {
      throw new errors.JWEDecryptionFailed();
    }
    return key;
  }
}

function ownedBy(session: Session | undefined, caller: Caller, route: string): Session | undefined {
  return session?.route === route && session.issuer === caller.issuer && session.subject === caller.subject
    ? session : undefined;
}
