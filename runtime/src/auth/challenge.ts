export interface ChallengeOptions {
  /** Where the client finds out which issuers can give it a token (RFC 9728 section 5.1). */
  readonly resourceMetadataUrl: string;
  /** Scopes that the request needs, all of them at once. */
  readonly scopes: readonly string[];
  /** Absent when the request carried no token at all (RFC 6750 section 3.1). */
  readonly error?: 'invalid_token' | 'insufficient_scope';
  readonly description?: string;
}

/** The value of a WWW-Authenticate header. */
export function challenge(options: ChallengeOptions): string {
  const parameters: [string, string | undefined][] = [
    ['error', options.error],
    ['error_description', options.description],
    ['scope', options.scopes.length === 0 ? undefined : options.scopes.join(' ')],
    ['resource_metadata', options.resourceMetadataUrl],
  ];
  return `Bearer ${parameters
    .filter((parameter): parameter is [string, string] => parameter[1] !== undefined)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(', ')}`;
}

/** A quoted-string of RFC 9110 section 5.6.4. What no header can carry is left out. */
function quoted(value: string): string {
  return `"${value.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')}"`;
}
