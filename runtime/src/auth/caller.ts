/** Who calls, as the token's issuer has signed it. */
export interface Caller {
  readonly issuer: string;
  readonly subject: string;
  readonly groups: readonly string[];
  readonly scopes: readonly string[];
  /** Seconds since the epoch. What the caller has open then, streams too, is to end. */
  readonly expiresAt: number;
}
