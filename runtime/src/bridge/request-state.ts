import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { canonicalJson } from '../mcp/canonical-json';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a `requestState` says: which answer may continue which call. */
export interface RequestState {
  readonly call: string;
  /** Each state is good for one retry: that of the round which asked. */
  readonly round: number;
  /** Who may answer: key of the caller, empty for one that nobody knows. */
  readonly principal: string;
  readonly method: string;
  /** Name or URI. */
  readonly target: string;
  readonly paramsDigest: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * Seals states so that a client can neither read, change nor make one (2026-07-28, Multi Round-Trip Requests, Server
 * Requirements). The key lives as long as the process that holds the calls: nobody else could continue them.
 */
export class RequestStates {
  private readonly key = randomBytes(32);
  private readonly keyId = randomBytes(6).toString('base64url');
  private readonly owner: Buffer;

  /** @param owner names the process, such as pod and start; a state of another one is not accepted */
  constructor(owner: string) {
    this.owner = Buffer.from(owner);
  }

  seal(state: RequestState): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, nonce);
    cipher.setAAD(this.owner);
    const sealed = Buffer.concat([nonce, cipher.update(JSON.stringify(state)), cipher.final(), cipher.getAuthTag()]);
    return `${this.keyId}.${sealed.toString('base64url')}`;
  }

  /** @returns undefined for what this object did not seal */
  open(text: unknown): RequestState | undefined {
    if (typeof text !== 'string' || !text.startsWith(`${this.keyId}.`)) {
      return undefined;
    }
    const body = text.slice(this.keyId.length + 1);
    const sealed = Buffer.from(body, 'base64url');
    // Decoding skips what is no base64url: only the exact text is the state.
    if (sealed.toString('base64url') !== body || sealed.length < NONCE_BYTES + TAG_BYTES) {
      return undefined;
    }
    const decipher = createDecipheriv(ALGORITHM, this.key, sealed.subarray(0, NONCE_BYTES));
    decipher.setAAD(this.owner);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      const opened = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      return JSON.parse(opened.toString()) as RequestState;
    } catch {
      return undefined;
    }
  }
}

/** Keys of `params` that differ between a request and its retry. */
const OF_A_ROUND = new Set(['_meta', 'inputResponses', 'requestState']);

/**
 * A digest of what a request asks for, the same for each of its rounds, whatever the order of members.
 *
 * @throws RangeError when the params are nested too deeply.
 */
export function paramsDigest(params: Record<string, unknown> = {}): string {
  const lasting = Object.fromEntries(Object.entries(params).filter(([key]) => !OF_A_ROUND.has(key)));
  return createHash('sha256').update(canonicalJson(lasting)).digest('base64url');
}
