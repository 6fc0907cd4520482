/** Who calls: a subject means nothing without the issuer that vouches for it. */
export interface Principal {
  readonly issuer: string;
  readonly subject: string;
}

/** One string for one principal, and no other principal has the same. */
export function principalKey(principal: Principal): string {
  return JSON.stringify([principal.issuer, principal.subject]);
}
