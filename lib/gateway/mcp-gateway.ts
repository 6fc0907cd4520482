import type { ApiObject } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { cedarPolicies, type Statement } from './cedar-text';
import { checkGateway, requireStatement } from './check-gateway';
import type { GatewayAuth } from './gateway-auth';
import { GATEWAY_REPLICAS, GATEWAY_RESOURCES, gatewayVolumes, type GatewayFiles } from './gateway-pod';
import { GatewayTls } from './gateway-tls';
import type { McpGatewayProps } from './mcp-gateway-props';
import type { PolicyTarget } from './policy-target';
import type { Principal } from './principal';
import { gatewayConfigSchema, type GatewayConfigInput } from '../contract/gateway-config';
import { ROLE } from '../contract/labels';
import { ADMIN_PORT, GATEWAY_TLS_PORT, MCP_PORT } from '../contract/ports';
import { McpNamespace } from '../namespace/mcp-namespace';
import { podsIn, tcp } from '../network/peer';
import type { IMcpServer } from '../server/mcp-server-interface';
import { Configuration, configurationText } from '../workload/configuration';
import { fail } from '../workload/fail';
import { createProgram } from '../workload/program';
import { podSelector } from '../workload/standard-labels';

/** The gateway waits for an answer at least so long. */
const CALL_SECONDS = 300;
const POLICY_FILE = 'fleet.cedar';

/**
 * The single point of policy: clients authenticate here, policies decide here, calls are logged here.
 *
 * Each server has a route of its own, `/servers/NAME/mcp`; `/mcp` is the whole fleet as one server.
 * Nothing is permitted that no policy permits. It holds no state: any replica serves any request.
 */
export class McpGateway extends Construct {
  /** URL by which clients reach it, without a path; the audience of tokens. */
  public readonly publicUrl: string;

  /** Name of its objects: the construct's id. */
  public readonly gatewayName: string;

  /** Its Deployment. */
  public readonly workload: ApiObject;

  /** Its Service. */
  public readonly service: ApiObject;

  /** Its ServiceAccount. */
  public readonly serviceAccount: ApiObject;

  /** Who may connect to it, and whom it may connect to. */
  public readonly networkPolicy: ApiObject;

  /** Bounds how many of its pods a node drain may take at once; none for a single pod. */
  public readonly disruptionBudget?: ApiObject;

  /** Its configuration. */
  public readonly configMap: ApiObject;

  /** The policies of the fleet, as Cedar text. */
  public readonly policyConfigMap: ApiObject;

  /** Labels that select its pods. */
  public readonly podLabels: { [key: string]: string };

  /** Port of its Service and pods. */
  public readonly port: number;

  /** @internal */
  public readonly _auth: GatewayAuth;

  private readonly namespace: McpNamespace;
  private readonly files: GatewayFiles;
  private readonly servers: IMcpServer[] = [];
  private readonly statements: Statement[] = [];
  private readonly registryEgress: k8s.NetworkPolicyEgressRule[] = [];
  private readonly policy: Configuration;
  private registryUrl?: string;

  constructor(scope: Construct, id: string, props: McpGatewayProps) {
    super(scope, id);
    this.namespace = McpNamespace.containing(this);
    checkGateway(this, id, props);
    const tlsSecret = (props.tls ?? GatewayTls.secret(`${id}-tls`))._secret?.name;
    this.gatewayName = id;
    this.publicUrl = `https://${props.host}`;
    this.port = tlsSecret === undefined ? MCP_PORT : GATEWAY_TLS_PORT;
    this.podLabels = podSelector(ROLE.GATEWAY, id);
    this._auth = props.auth;

    const configuration = new Configuration(this, 'config', {
      name: `${id}-config`,
      labels: this.labels(),
      files: { 'gateway.yaml': () => configurationText(this, gatewayConfigSchema, this.config()) },
    });
    this.policy = new Configuration(this, 'policy', {
      name: `${id}-policy`,
      labels: this.labels(),
      files: { [POLICY_FILE]: () => cedarPolicies(this.statements) },
    });
    this.configMap = configuration.configMap;
    this.policyConfigMap = this.policy.configMap;
    this.files = gatewayVolumes(id, tlsSecret);

    const program = createProgram(this, {
      role: ROLE.GATEWAY,
      name: id,
      namespace: this.namespace,
      replicas: props.replicas ?? GATEWAY_REPLICAS,
      singletonReason: props.singletonReason,
      port: this.port,
      resources: { chosen: props.resources, defaults: GATEWAY_RESOURCES },
      volumes: this.files.volumes,
      volumeMounts: this.files.volumeMounts,
      externalObjects: this.files.externalObjects,
      configDigest: () => `${configuration.digest()}-${this._policyDigest()}`,
      longestCallSeconds: () => this.callSeconds(),
      ingress: () => this.ingressRules(),
      egress: () => this.egressRules(),
    });
    this.node.addValidation({ validate: () => this.strangers() });
    this.workload = program.workload;
    this.service = program.service;
    this.serviceAccount = program.serviceAccount;
    this.networkPolicy = program.networkPolicy;
    this.disruptionBudget = program.disruptionBudget;
  }

  /** Lets a principal use what a target names. Brings the permission to discover the server. */
  public permit(principal: Principal, target: PolicyTarget): void {
    this.state({ effect: 'permit', principal, target });
  }

  /** Denies a principal what a target names, whatever else permits it. */
  public forbid(principal: Principal, target: PolicyTarget): void {
    this.state({ effect: 'forbid', principal, target });
  }

  /**
   * Routes to a server. A fleet does this for every server in it; once is enough.
   *
   * @throws an error when another server has the same name
   */
  public serve(server: IMcpServer): void {
    if (this.servers.includes(server)) {
      return;
    }
    const namesake = this.servers.find(({ serverName }) => serverName === server.serverName);
    if (namesake !== undefined) {
      fail(server, `has the name of ${namesake.node.path}, but its name is its route at the gateway: give one of them another id`);
    }
    this.servers.push(server);
    server.admit(this.namespace.namespaceName, this.podLabels, server.mcpPort);
  }

  /** @internal */
  public _useRegistry(url: string, podLabels: Record<string, string>): void {
    if (this.registryUrl !== undefined) {
      fail(this, 'has a registry already, and asks only one: leave the second one out');
    }
    this.registryUrl = url;
    this.registryEgress.push({ to: [{ podSelector: { matchLabels: podLabels } }], ports: [tcp(MCP_PORT)] });
  }

  /** @internal */
  public _policyDigest(): string {
    return this.policy.digest();
  }

  /** @internal */
  public _authentication(): GatewayConfigInput['authentication'] {
    const { issuer, groupsClaim, requiredScopes } = this._auth._options;
    return {
      issuers: [{ issuer, groupsClaim: groupsClaim ?? 'groups' }],
      ...(requiredScopes && { requiredScopes }),
    };
  }

  private callSeconds(): number {
    return Math.max(CALL_SECONDS, ...this.servers.map(({ callTimeout }) => callTimeout.toSeconds()));
  }

  private state(statement: Statement): void {
    requireStatement(this, statement);
    this.statements.push(statement);
  }

  private labels(): Record<string, string> {
    return this.namespace._labelsOf(this.gatewayName, ROLE.GATEWAY);
  }

  /** Policies on servers that are not there: nobody would ever notice. */
  private strangers(): string[] {
    const strangers = new Set(this.statements.map(({ target }) => target.server));
    this.servers.forEach((server) => strangers.delete(server));
    return [...strangers].map(({ node }) => `a policy speaks of the server ${node.path}, which the gateway does not serve: `
      + 'create it in the fleet, or say gateway.serve(server)');
  }

  private config(): GatewayConfigInput {
    return {
      listen: `0.0.0.0:${this.port}`,
      admin: `0.0.0.0:${ADMIN_PORT}`,
      ...this.files.paths,
      publicUrl: this.publicUrl,
      authentication: this._authentication(),
      ...(this.registryUrl === undefined ? {} : { registryUrl: this.registryUrl }),
      limits: { callSeconds: this.callSeconds(), drainSeconds: this.callSeconds() },
      servers: this.servers.map((server) => ({
        name: server.serverName,
        namespace: server.namespaceName,
        tier: server.tierName,
        url: server.mcpUrl,
        ...(server.takesAssertions ? { takesAssertions: true } : {}),
      })),
    };
  }

  private ingressRules(): k8s.NetworkPolicyIngressRule[] {
    // The one port in the fleet that is open to everybody.
    return [{ ports: [tcp(this.port)] }, ...this.namespace._monitoringIngress()];
  }

  private egressRules(): k8s.NetworkPolicyEgressRule[] {
    return [
      ...this.servers.map((server) => ({
        to: [podsIn(server.namespaceName, server.podLabels)],
        ports: [tcp(server.mcpPort)],
      })),
      ...this.registryEgress,
      ...this._auth._options.egress.map((peer) => peer._egressRule()),
    ];
  }
}
