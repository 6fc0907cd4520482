import type { Principal } from './principal';

/** Who calls, as the token's issuer has signed it. */
export interface Caller extends Principal {
  readonly groups: readonly string[];
  readonly scopes: readonly string[];
  /** Seconds since the epoch. What the caller has open then, streams too, is to end. */
  readonly expiresAt: number;
}
