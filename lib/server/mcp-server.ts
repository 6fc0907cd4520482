import { Duration, type ApiObject } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { checkServer } from './check-server';
import type { IMcpServer } from './mcp-server-interface';
import type { McpServerProps } from './mcp-server-props';
import { createServerObjects } from './server-objects';
import { callSecondsOf, programOf } from './server-program';
import { checkScaling, replicasOf } from './server-replicas';
import { McpAutoscaler, type McpAutoscalerOptions } from '../autoscaler/mcp-autoscaler';
import type { IMcpScalable } from '../autoscaler/scalable';
import { ROLE } from '../contract/labels';
import { ACTION } from '../contract/policy';
import { fleetOf } from '../fleet/fleet-context';
import { PolicyTarget } from '../gateway/policy-target';
import { McpNamespace } from '../namespace/mcp-namespace';
import { Peer } from '../network/peer';
import { disruptionBudget } from '../workload/disruption-budget';
import { fail } from '../workload/fail';
import { podSelector } from '../workload/standard-labels';
import { DEFAULT_IMAGE_REPOSITORY, companionImage } from '../workload/version';

/**
 * An MCP server on Kubernetes: a hardened workload that only the gateway can reach.
 *
 * In a McpFleet it is routed to and listed by itself; elsewhere say `gateway.serve(server)`.
 * Nobody may use it until a policy permits it: `gateway.permit(principal, server.tools(…))`.
 */
export class McpServer extends Construct implements IMcpServer, IMcpScalable {
  /** Name in the fleet: the construct's id. */
  public readonly serverName: string;

  /** Kubernetes namespace that it runs in. */
  public readonly namespaceName: string;

  /** Name of its tier. */
  public readonly tierName: string;

  /** What it is for. */
  public readonly description?: string;

  /** Who answers for it. */
  public readonly owner?: string;

  /** URL of its MCP endpoint inside the cluster. */
  public readonly mcpUrl: string;

  /** URL that answers 200 when it can serve, inside the cluster. */
  public readonly readyUrl: string;

  /** TCP port of its MCP endpoint. */
  public readonly mcpPort: number;

  /** TCP port of `readyUrl`. */
  public readonly readyPort: number;

  /** How long its longest call takes. */
  public readonly callTimeout: Duration;

  /** Whether the gateway tells it who calls: it does where our proxy serves it, which checks that. */
  public readonly takesAssertions: boolean;

  /** Labels that select its pods. */
  public readonly podLabels: { [key: string]: string };

  /** Its Deployment, or StatefulSet where it has persistent volumes. */
  public readonly workload: ApiObject;

  /** Its Service. Headless: the gateway chooses among the pods, since sessions live in them. */
  public readonly service: ApiObject;

  /** Its ServiceAccount. */
  public readonly serviceAccount: ApiObject;

  /** Who may connect to it, and whom it may connect to. */
  public readonly networkPolicy: ApiObject;

  /** Configuration of its proxy; none where it talks Streamable HTTP itself. */
  public readonly configMap?: ApiObject;

  private readonly props: McpServerProps;
  private readonly namespace: McpNamespace;
  private readonly labels: Record<string, string>;
  private readonly ingress: k8s.NetworkPolicyIngressRule[] = [];
  private readonly replicas: number;
  private maxReplicas?: number;
  private budget?: ApiObject;

  constructor(scope: Construct, id: string, props: McpServerProps) {
    super(scope, id);
    const namespace = McpNamespace.containing(this);
    const fleet = fleetOf(this);
    checkServer(this, id, props);
    this.props = props;
    this.namespace = namespace;
    this.serverName = id;
    this.namespaceName = namespace.namespaceName;
    this.tierName = namespace.tier.name;
    this.description = props.description;
    this.owner = props.owner;
    this.callTimeout = Duration.seconds(callSecondsOf(props));
    this.replicas = replicasOf(this, namespace.tier, props);
    this.podLabels = podSelector(ROLE.SERVER, id);

    const imageRepository = fleet?.imageRepository ?? DEFAULT_IMAGE_REPOSITORY;
    const program = programOf(this, props);
    this.takesAssertions = program.proxyFiles !== undefined;
    this.mcpPort = program.mcpPort;
    this.readyPort = program.probes.port;
    this.mcpUrl = this.urlOf(this.mcpPort, program.mcpPath);
    this.readyUrl = this.urlOf(this.readyPort, program.probes.readyPath);

    const objects = createServerObjects(this, {
      name: id,
      namespace,
      program,
      image: props.source._image(imageRepository),
      companionImage: companionImage(imageRepository),
      props,
      selector: this.podLabels,
      replicas: () => this.maxReplicas === undefined ? this.replicas : undefined,
      mostReplicas: () => this.maxReplicas ?? this.replicas,
      ingress: () => this.ingress,
    });
    this.labels = objects.labels;
    this.workload = objects.workload;
    this.service = objects.service;
    this.serviceAccount = objects.serviceAccount;
    this.networkPolicy = objects.networkPolicy;
    this.configMap = objects.configMap;
    if (this.replicas > 1) {
      this.budget = this.createBudget();
    }
    if (this.takesAssertions) {
      this.ingress.push(...namespace._monitoringIngress());
    }
    fleet?.adopt(this);
  }

  /**
   * Some of its tools, for a policy.
   *
   * @param names as the server names them
   */
  public tools(...names: string[]): PolicyTarget {
    if (names.length === 0 || (names as unknown[]).some((name) => typeof name !== 'string' || name === '')) {
      fail(this, 'tools() names no tool: name some, or say allTools()');
    }
    return PolicyTarget._of(this, ACTION.CALL_TOOL, names);
  }

  /** All of its tools, those of later versions included, for a policy. */
  public allTools(): PolicyTarget {
    return PolicyTarget._of(this, ACTION.CALL_TOOL);
  }

  /** All of its prompts, for a policy. */
  public allPrompts(): PolicyTarget {
    return PolicyTarget._of(this, ACTION.GET_PROMPT);
  }

  /** All of its resources, for a policy. */
  public allResources(): PolicyTarget {
    return PolicyTarget._of(this, ACTION.READ_RESOURCE);
  }

  /** Lets an autoscaler decide the number of its pods, by the tool calls that they take. */
  public autoscale(options: McpAutoscalerOptions = {}): McpAutoscaler {
    return new McpAutoscaler(this, 'autoscaler', { target: this, ...options });
  }

  /** Bounds how many of its pods a node drain may take at once; none for a single pod. */
  public get disruptionBudget(): ApiObject | undefined {
    return this.budget;
  }

  /**
   * Hands the number of pods over to an autoscaler.
   *
   * @param minReplicas so many pods at least
   * @param maxReplicas so many pods at most; the quota must bear them
   */
  public delegateReplicas(minReplicas: number, maxReplicas: number): void {
    checkScaling(this, this.namespace.tier, this.props, minReplicas);
    if (this.maxReplicas !== undefined) {
      fail(this, 'has an autoscaler already: two of them would overrule each other');
    }
    this.maxReplicas = maxReplicas;
    this.budget ??= this.createBudget();
  }

  /**
   * Lets pods connect to it.
   *
   * @param namespace their namespace
   * @param podLabels their labels
   * @param port TCP port of the server's pods
   */
  public admit(namespace: string, podLabels: { [key: string]: string }, port: number): void {
    const peer = Peer.pods(namespace, podLabels, port);
    const problem = peer._problem();
    if (problem !== undefined) {
      fail(this, problem);
    }
    this.ingress.push(peer._ingressRule());
  }

  private urlOf(port: number, path: string): string {
    return `http://${this.serverName}.${this.namespaceName}.svc:${port}${path}`;
  }

  private createBudget(): ApiObject {
    return disruptionBudget(this, { name: this.serverName, labels: this.labels, selector: this.podLabels });
  }
}
