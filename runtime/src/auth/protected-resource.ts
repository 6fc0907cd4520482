import { PROTECTED_RESOURCE_PATH } from '../../../lib/contract/paths';

export interface ProtectedResource {
  /** The URL that clients call: the audience to ask a token for. */
  readonly resource: string;
  readonly issuers: readonly string[];
  readonly scopes: readonly string[];
}

/** Protected resource metadata (RFC 9728 section 2). */
export function protectedResourceMetadata({ resource, issuers, scopes }: ProtectedResource): object {
  return {
    resource,
    authorization_servers: issuers,
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
  };
}

/** Where the metadata of one route stands: the well-known path comes before the route's own (RFC 9728 section 3.1). */
export function metadataUrl(publicUrl: string, routePath: string): string {
  return publicUrl + PROTECTED_RESOURCE_PATH + routePath;
}
