import { z } from 'zod';
import {
  authenticationSchema, bytes, canonicalUrl, dnsLabel, listenAddress, originUrl, policySchema, seconds, uniquelyNamed,
} from './config-fields';

const gatewayServerSchema = z.strictObject({
  name: dnsLabel,
  namespace: dnsLabel,
  tier: dnsLabel,
  /** Where its MCP endpoint is. The host of a headless Service: the gateway chooses among the pods behind it. */
  url: z.url({ protocol: /^https?$/ }),
  /** Whether it is to be told who calls: our proxies check that, and other servers are not told. */
  takesAssertions: z.boolean().default(false),
});

/** Configuration of `cdk8s-mcp gateway --config FILE`. */
export const gatewayConfigSchema = z.strictObject({
  listen: listenAddress,
  admin: listenAddress,
  /** Absent where TLS ends before the gateway. */
  tls: z.strictObject({ certificateFile: z.string().min(1), keyFile: z.string().min(1) }).optional(),
  /**
   * How clients reach the gateway, without a path. It is the audience of tokens for the whole fleet;
   * a route's own URL is the audience of tokens for that route alone.
   */
  publicUrl: originUrl,
  authentication: authenticationSchema,
  policy: policySchema,
  /** JSON Web Key Set of `oct` keys: the first one encrypts session ids, all decrypt. */
  sessionKeysFile: z.string().min(1),
  /** Private JSON Web Key that signs who calls. */
  assertionKeyFile: z.string().min(1).optional(),
  registryUrl: canonicalUrl.optional(),
  servers: uniquelyNamed(gatewayServerSchema),
  limits: z.strictObject({
    bodyBytes: bytes.default(4 * 1024 * 1024),
    /** A call without an answer fails after this. */
    callSeconds: seconds.default(300),
    drainSeconds: seconds.default(30),
  }).prefault({}),
}).refine(({ assertionKeyFile, servers }) => (
  assertionKeyFile !== undefined || servers.every(({ takesAssertions }) => !takesAssertions)
), { path: ['assertionKeyFile'], error: 'is needed: there are servers that take assertions' });

export type GatewayConfig = z.infer<typeof gatewayConfigSchema>;
export type GatewayConfigInput = z.input<typeof gatewayConfigSchema>;
