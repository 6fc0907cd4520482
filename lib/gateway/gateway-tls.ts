import { isDnsSubdomain } from '../workload/fail';

/**
 * Where TLS ends.
 */
export class GatewayTls {
  /**
   * At the gateway, on port 8443, with the certificate and key in a Secret of type `kubernetes.io/tls`.
   *
   * @param name of the Secret, in the gateway's namespace
   */
  public static secret(name: string): GatewayTls {
    return new GatewayTls({ name });
  }

  /**
   * Before the gateway, at an Ingress or a mesh: the gateway serves plain HTTP on port 8080.
   * Weakens the default: whoever can read the cluster's network can read tokens.
   */
  public static terminatedBefore(): GatewayTls {
    return new GatewayTls();
  }

  private constructor(
    /**
     * Absent where TLS ends before the gateway.
     * @internal
     */
    public readonly _secret?: { readonly name: string },
  ) {}

  /**
   * What is wrong with it, or undefined.
   * @internal
   */
  public _problem(): string | undefined {
    return this._secret === undefined || isDnsSubdomain(this._secret.name)
      ? undefined
      : `'${this._secret.name}' cannot be the name of a Secret: write one such as mcp-gateway-tls`;
  }
}
