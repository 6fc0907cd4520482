import { z } from 'zod';
import { canonicalUrl, listenAddress } from '../../../../lib/contract/config-fields';

/** Configuration of `cdk8s-mcp identity-provider --config FILE`, which the local run writes and starts. */
export const identityProviderConfigSchema = z.strictObject({
  listen: listenAddress,
  /** What tokens are for: the gateway's public URL, and every URL below it. */
  audience: canonicalUrl,
  /** Scopes that clients may ask for. */
  scopes: z.array(z.string().min(1)),
  /** Who knows it may have any token made (mint.ts). */
  mintSecret: z.string().min(32),
});

export type IdentityProviderConfig = z.infer<typeof identityProviderConfigSchema>;
