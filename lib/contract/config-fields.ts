import { z } from 'zod';

/** `HOST:PORT` to listen on; IPv6 hosts stand in brackets. Port 0 asks the kernel for a free one. */
export const listenAddress = z.string().regex(
  /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'must be HOST:PORT, such as 0.0.0.0:8080');

/** A name that Kubernetes accepts as a label value and DNS as a label (RFC 1123). */
export const dnsLabel = z.string().max(63).regex(
  /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be a DNS label: lower case letters, digits and hyphens, at most 63');

/** An http or https URL without a trailing slash: what RFC 8707 calls the canonical form. */
export const canonicalUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((url) => !url.endsWith('/'), 'must not end with a slash');

/** A URL of scheme, host and port alone: the metadata of protected resources stand at its root (RFC 9728 section 3). */
export const originUrl = canonicalUrl.refine(
  (url) => URL.canParse(url) && new URL(url).origin === url, 'must have no path, such as https://mcp.example.com');

/** A list whose items have names, each of them once. */
export function uniquelyNamed<T extends z.ZodType<{ name: string }>>(item: T) {
  return z.array(item).refine((items) => new Set(items.map(({ name }) => name)).size === items.length,
    'must have names that differ');
}

export const seconds = z.number().positive();
export const bytes = z.number().int().positive();

/** RFC 6749 section 3.3. It stands in quotes in a header: nothing may end them. */
const scopeToken = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be an OAuth scope: no blanks, no quotes');

/** OAuth 2.1 resource server: whose tokens are accepted, for what. */
export const authenticationSchema = z.strictObject({
  /** Every issuer whose tokens are accepted. Keys are found by OpenID Connect discovery. */
  issuers: z.array(z.strictObject({
    issuer: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
    /** Claim that lists the caller's groups. */
    groupsClaim: z.string().default('groups'),
  })).min(1, 'needs at least one issuer'),
  /** Scopes without which no request is served. */
  requiredScopes: z.array(scopeToken).default([]),
});

/** Where policies are read from. */
export const policySchema = z.strictObject({
  /** Every `*.cedar` file in it is read. */
  directory: z.string().min(1),
});
