/** The gateway's session keys. No manifest contains them: `cdk8s-mcp keys init` makes them. */
export const SESSION_KEYS = {
  /** The Secret has the gateway's name, and this after it. */
  SECRET_SUFFIX: '-session-keys',
  /** Its key, and so the name of the mounted file. */
  FILE: 'keys.json',
} as const;
