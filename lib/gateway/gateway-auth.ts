import type { Peer } from '../network/peer';

/** RFC 6749 section 3.3. It stands in quotes in a header: nothing may end them. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** An OpenID Connect issuer whose tokens the gateway accepts. */
export interface OidcOptions {
  /** The issuer's URL, exactly as it stands in the tokens' `iss`. */
  readonly issuer: string;

  /**
   * Where the issuer is on the network: the gateway fetches its keys there. Pods cannot be named by URLs, so
   * this has to be said. `Peer.pods(…)` for an issuer in the cluster, `Peer.cidr(…)` for one outside.
   */
  readonly egress: Peer[];

  /**
   * Claim that lists the groups of a caller, which policies speak of.
   *
   * @default 'groups'
   */
  readonly groupsClaim?: string;

  /**
   * Scopes without which no request is served.
   *
   * @default - none: what a caller may do is for policies to say
   */
  readonly requiredScopes?: string[];
}

/**
 * How clients prove who they are: the gateway is an OAuth 2.1 resource server.
 */
export class GatewayAuth {
  /** Access tokens of an OpenID Connect issuer, as JSON Web Tokens whose audience is the gateway. */
  public static oidc(options: OidcOptions): GatewayAuth {
    return new GatewayAuth(options);
  }

  private constructor(
    /** @internal */
    public readonly _options: OidcOptions,
  ) {}

  /**
   * What is wrong with it, or undefined.
   * @internal
   */
  public _problem(): string | undefined {
    const { issuer, requiredScopes = [] } = this._options;
    // JavaScript lets it be forgotten.
    const egress = (this._options.egress as Peer[] | undefined) ?? [];
    if (!/^https:\/\/[^\s?#@]+$/.test(issuer) || !URL.canParse(issuer)) {
      return `the issuer '${issuer}' is no https URL: write it as it stands in the tokens' iss, such as https://auth.example.com`;
    }
    if (egress.length === 0) {
      return `nothing says where the issuer ${issuer} is on the network, so the gateway could not fetch its keys: `
        + "add egress: [Peer.cidr('203.0.113.10/32', 443)] or where else it is";
    }
    const scope = requiredScopes.find((text) => !SCOPE.test(text));
    if (scope !== undefined) {
      return `'${scope}' is no OAuth scope: write one for each, without blanks and quotes, such as mcp:tools`;
    }
    return egress.map((peer) => peer._problem()).find((problem) => problem !== undefined);
  }
}
