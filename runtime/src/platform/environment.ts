import type { z } from 'zod';
import { canonicalUrl, authenticationSchema } from '../../../lib/contract/config-fields';
import { UsageError } from './usage-error';

type Environment = Readonly<Record<string, string | undefined>>;
type Authentication = z.infer<typeof authenticationSchema>;

/**
 * `AUTH_ISSUER` instead of the file's issuers. Groups are still in the claim that the file names first.
 *
 * @throws UsageError
 */
export function issuersFromEnvironment(authentication: Authentication, environment: Environment): Authentication {
  const issuer = environment.AUTH_ISSUER;
  if (issuer === undefined || issuer === '') {
    return authentication;
  }
  const groupsClaim = authentication.issuers[0]?.groupsClaim;
  const result = authenticationSchema.safeParse({ ...authentication, issuers: [{ issuer, groupsClaim }] });
  if (!result.success) {
    throw new UsageError(`the environment's AUTH_ISSUER must be an http or https URL, not '${issuer}'`);
  }
  return result.data;
}

/**
 * `TOOL_REGISTRY_URL` instead of the file's registry.
 *
 * @throws UsageError
 */
export function registryUrlFromEnvironment(
  registryUrl: string | undefined, environment: Environment,
): string | undefined {
  const url = environment.TOOL_REGISTRY_URL;
  if (url === undefined || url === '') {
    return registryUrl;
  }
  const result = canonicalUrl.safeParse(url);
  if (!result.success) {
    throw new UsageError(`the environment's TOOL_REGISTRY_URL ${result.error.issues[0]?.message}, not '${url}'`);
  }
  return result.data;
}
