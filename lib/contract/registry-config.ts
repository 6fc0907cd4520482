import { z } from 'zod';
import {
  authenticationSchema, dnsLabel, listenAddress, originUrl, policySchema, seconds, uniquelyNamed,
} from './config-fields';

const registryServerSchema = z.strictObject({
  name: dnsLabel,
  namespace: dnsLabel,
  tier: dnsLabel,
  description: z.string().optional(),
  owner: z.string().optional(),
  /** Answers 200 when the server can serve. */
  healthUrl: z.url({ protocol: /^https?$/ }),
});

/** Configuration of `cdk8s-mcp registry --config FILE`. */
export const registryConfigSchema = z.strictObject({
  listen: listenAddress,
  admin: listenAddress,
  /** The gateway's public URL: what `/discover` tells clients to connect to, and the audience of tokens. */
  publicUrl: originUrl,
  authentication: authenticationSchema,
  policy: policySchema,
  health: z.strictObject({
    intervalSeconds: seconds.default(10),
    timeoutSeconds: seconds.default(2),
    /** Checks in a row that must fail before a server is taken out, so that one lost packet is not an outage. */
    failuresToRemove: z.number().int().positive().default(2),
  }).prefault({}),
  servers: uniquelyNamed(registryServerSchema),
});

export type RegistryConfig = z.infer<typeof registryConfigSchema>;
export type RegistryConfigInput = z.input<typeof registryConfigSchema>;
