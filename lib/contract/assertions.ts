/**
 * How a gateway tells the proxies behind it who calls: a signed, short-lived JSON Web Token in a header of its own.
 * A proxy believes nothing else, and clients cannot send it: the gateway passes on none of theirs.
 */
export const ASSERTION_HEADER = 'cdk8s-mcp-assertion';

export const ASSERTION = {
  /** The claim `iss`. */
  ISSUER: 'cdk8s-mcp',
  /** `typ` of its header: no other token that is signed with the same key passes for an assertion (RFC 8725 3.11). */
  TYPE: 'cdk8s-mcp-assertion+jwt',
  /** Ed25519 (RFC 8037), and nothing else. */
  ALGORITHM: 'EdDSA',
  /** The longest time for which one is good. */
  LIFETIME_SECONDS: 60,
} as const;

/** The keys of assertions. No manifest contains them: `cdk8s-mcp keys init` makes them. */
export const ASSERTION_KEYS = {
  /** The Secret with the private key has the gateway's name, and this after it. */
  SECRET_SUFFIX: '-assertion-key',
  /** Its key, and so the name of the mounted file. */
  PRIVATE_FILE: 'private-key.json',
  /** Name of the ConfigMap with the public keys, in every namespace with servers behind our proxy. */
  CONFIG_MAP: 'mcp-assertion-keys',
  /** Its key, and so the name of the mounted file. */
  PUBLIC_FILE: 'public-keys.json',
} as const;
