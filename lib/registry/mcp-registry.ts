import { Size, type ApiObject } from 'cdk8s';
import { Cpu, type ContainerResources, type k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { ROLE } from '../contract/labels';
import { ADMIN_PORT, MCP_PORT } from '../contract/ports';
import { registryConfigSchema, type RegistryConfigInput } from '../contract/registry-config';
import { POLICY_DIRECTORY } from '../gateway/gateway-pod';
import type { McpGateway } from '../gateway/mcp-gateway';
import { McpNamespace } from '../namespace/mcp-namespace';
import { podsIn, tcp } from '../network/peer';
import type { IMcpServer } from '../server/mcp-server-interface';
import { CONFIG_DIRECTORY, Configuration, configurationText } from '../workload/configuration';
import { fail, requireServiceName } from '../workload/fail';
import { checkReplicas, createProgram } from '../workload/program';
import { SMALL_STORAGE, type CompleteResources } from '../workload/resources';
import { podSelector } from '../workload/standard-labels';

/** An answer of the registry takes milliseconds; this is for clients that read slowly. */
const LONGEST_CALL_SECONDS = 30;
const DEFAULT_REPLICAS = 2;
const RESOURCES: CompleteResources = {
  cpu: { request: Cpu.millis(100), limit: Cpu.millis(500) },
  memory: { request: Size.mebibytes(192), limit: Size.mebibytes(384) },
  ephemeralStorage: SMALL_STORAGE,
};

/** What of a registry can be chosen where a fleet makes it. */
export interface McpRegistryOptions {
  /**
   * Number of pods. Each answers alone.
   *
   * @default 2
   */
  readonly replicas?: number;

  /**
   * Why it runs as a single replica, such as in a cluster for tests. Stays in the manifest as an annotation.
   *
   * @default - none
   */
  readonly singletonReason?: string;

  /**
   * CPU, memory and scratch space of its container.
   *
   * @default - requests 100m, 192Mi; limits 500m, 384Mi
   */
  readonly resources?: ContainerResources;
}

/** A registry. */
export interface McpRegistryProps extends McpRegistryOptions {
  /** The gateway whose callers and policies it knows. In the same namespace. */
  readonly gateway: McpGateway;
}

/**
 * Knows the servers of a fleet and whether they can serve, and tells callers of those that they may discover:
 * `/discover`, on the registry and on the gateway.
 */
export class McpRegistry extends Construct {
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

  private readonly namespace: McpNamespace;
  private readonly gateway: McpGateway;
  private readonly servers: IMcpServer[] = [];
  private readonly podLabels: Record<string, string>;

  constructor(scope: Construct, id: string, props: McpRegistryProps) {
    super(scope, id);
    this.namespace = McpNamespace.containing(this);
    requireServiceName(this, 'the name of a registry (it is its id)', id);
    checkReplicas(this, props.replicas ?? DEFAULT_REPLICAS, props.singletonReason);
    if (McpNamespace.containing(props.gateway) !== this.namespace) {
      fail(this, `is in another namespace than the gateway ${props.gateway.node.path}, whose policies it reads: create it beside it`);
    }
    this.gateway = props.gateway;
    this.podLabels = podSelector(ROLE.REGISTRY, id);
    const configuration = new Configuration(this, 'config', {
      name: `${id}-config`,
      labels: this.namespace._labelsOf(id, ROLE.REGISTRY),
      files: { 'registry.yaml': () => configurationText(this, registryConfigSchema, this.config()) },
    });
    this.configMap = configuration.configMap;
    const program = createProgram(this, {
      role: ROLE.REGISTRY,
      name: id,
      namespace: this.namespace,
      replicas: props.replicas ?? DEFAULT_REPLICAS,
      singletonReason: props.singletonReason,
      port: MCP_PORT,
      resources: { chosen: props.resources, defaults: RESOURCES },
      volumes: [
        { name: 'config', configMap: { name: configuration.configMap.name } },
        { name: 'policy', configMap: { name: props.gateway.policyConfigMap.name } },
      ],
      volumeMounts: [
        { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true },
        { name: 'policy', mountPath: POLICY_DIRECTORY, readOnly: true },
      ],
      externalObjects: [],
      configDigest: () => `${configuration.digest()}-${props.gateway._policyDigest()}`,
      longestCallSeconds: () => LONGEST_CALL_SECONDS,
      ingress: () => this.ingressRules(),
      egress: () => this.egressRules(),
    });
    this.workload = program.workload;
    this.service = program.service;
    this.serviceAccount = program.serviceAccount;
    this.networkPolicy = program.networkPolicy;
    this.disruptionBudget = program.disruptionBudget;
    props.gateway._useRegistry(`http://${id}.${this.namespace.namespaceName}.svc:${MCP_PORT}`, this.podLabels);
  }

  /** Lists a server. A fleet does this for every server in it; once is enough. */
  public list(server: IMcpServer): void {
    if (this.servers.includes(server)) {
      return;
    }
    this.servers.push(server);
    server.admit(this.namespace.namespaceName, this.podLabels, server.readyPort);
  }

  private config(): RegistryConfigInput {
    return {
      listen: `0.0.0.0:${MCP_PORT}`,
      admin: `0.0.0.0:${ADMIN_PORT}`,
      publicUrl: this.gateway.publicUrl,
      authentication: this.gateway._authentication(),
      policy: { directory: POLICY_DIRECTORY },
      servers: this.servers.map((server) => ({
        name: server.serverName,
        namespace: server.namespaceName,
        tier: server.tierName,
        ...(server.description === undefined ? {} : { description: server.description }),
        ...(server.owner === undefined ? {} : { owner: server.owner }),
        healthUrl: server.readyUrl,
      })),
    };
  }

  private ingressRules(): k8s.NetworkPolicyIngressRule[] {
    return [
      { from: [{ podSelector: { matchLabels: this.gateway.podLabels } }], ports: [tcp(MCP_PORT)] },
      ...this.namespace._monitoringIngress(),
    ];
  }

  private egressRules(): k8s.NetworkPolicyEgressRule[] {
    return [
      ...this.servers.map((server) => ({
        to: [podsIn(server.namespaceName, server.podLabels)],
        ports: [tcp(server.readyPort)],
      })),
      ...this.gateway._auth._options.egress.map((peer) => peer._egressRule()),
    ];
  }
}
