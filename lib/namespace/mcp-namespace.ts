import { Chart, JsonPatch, type ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct, IConstruct } from 'constructs';
import { checkNamespace, objectProblems } from './check-namespace';
import type { McpTier } from './mcp-tier';
import { quotaProblems, type Footprint } from './quota';
import { APP_LABEL, LABEL, MANAGED_BY, ROLE } from '../contract/labels';
import { METRICS_PATH } from '../contract/paths';
import { ADMIN_PORT } from '../contract/ports';
import { podMonitor } from '../custom-resources/pod-monitor';
import { fleetOf } from '../fleet/fleet-context';
import { networkPolicy } from '../network/network-policy';
import { namespaceNamed, podsIn, tcp } from '../network/peer';
import { fail } from '../workload/fail';
import { kubeObject } from '../workload/kube-object';
import { mebibytes, cpuMillis } from '../workload/resources';
import { standardLabels } from '../workload/standard-labels';
import { LIBRARY_VERSION } from '../workload/version';

/** Oldest release that the manifests run on: Pod Security is judged by its rules. */
const POD_SECURITY_VERSION = 'v1.29';

/** `instanceof` does not tell: cdk8s makes every Chart an instance of every subclass of Chart. */
const namespaces = new WeakSet<IConstruct>();

function isNamespace(construct: IConstruct | undefined): construct is McpNamespace {
  return construct !== undefined && namespaces.has(construct);
}

/** A namespace for MCP servers. */
export interface McpNamespaceProps {
  /** How much the organisation depends on its servers, and how far it trusts them. */
  readonly tier: McpTier;

  /**
   * Name of the Kubernetes namespace.
   *
   * @default - the construct's id
   */
  readonly name?: string;
}

/**
 * A Kubernetes namespace for MCP servers of one tier, and a chart of its own: everything in it stands
 * in one file, the Namespace first.
 *
 * It enforces the Pod Security profile "restricted", denies all traffic that no policy allows, resolves
 * names by the cluster's DNS, and bounds what its pods may take.
 */
export class McpNamespace extends Chart {
  /**
   * The namespace that a construct is in.
   *
   * @throws an error when it is in none, or in a Chart of its own
   */
  public static containing(construct: IConstruct): McpNamespace {
    // The nearest chart, since it decides which namespace the construct's objects are in.
    const chart = construct.node.scopes.filter((scope) => Chart.isChart(scope)).at(-1);
    return isNamespace(chart) ? chart : fail(construct, 'is in no McpNamespace, so nothing isolates it: '
      + "create it in one, such as new McpNamespace(fleet, 'utility', { tier: McpTier.UTILITY })");
  }

  /** Name of the Kubernetes namespace. */
  public readonly namespaceName: string;

  /** Its tier. */
  public readonly tier: McpTier;

  /** The Namespace. */
  public readonly namespaceObject: ApiObject;

  /** The ResourceQuota. */
  public readonly resourceQuota: ApiObject;

  /** The LimitRange. */
  public readonly limitRange: ApiObject;

  /** The NetworkPolicy that denies what no other one allows, but for DNS. */
  public readonly defaultPolicy: ApiObject;

  /** The PodMonitor, which has Prometheus collect the metrics; none without the Prometheus Operator. */
  public readonly podMonitor?: ApiObject;

  private readonly footprints: Footprint[] = [];

  constructor(scope: Construct, id: string, props: McpNamespaceProps) {
    const name = props.name ?? id;
    // JavaScript lets it be forgotten.
    const tier = props.tier as McpTier | undefined;
    super(scope, id, {
      namespace: name,
      labels: { [APP_LABEL.MANAGED_BY]: MANAGED_BY, ...(tier && { [LABEL.TIER]: tier.name }) },
    });
    checkNamespace(this, name, tier);
    namespaces.add(this);
    this.namespaceName = name;
    this.tier = props.tier;
    this.namespaceObject = this.createNamespace();
    this.resourceQuota = this.createQuota();
    this.limitRange = this.createLimitRange();
    this.defaultPolicy = this.createDefaultPolicy();
    if (fleetOf(this)?.prometheusOperator === true) {
      this.podMonitor = this.createPodMonitor();
    }
    this.node.addValidation({
      validate: () => [...quotaProblems(this.tier.quota, this.footprints), ...objectProblems(this)],
    });
  }

  /** @internal */
  public get _partOf(): string {
    return fleetOf(this)?.name ?? this.namespaceName;
  }

  /**
   * Labels of what belongs to one workload.
   * @internal
   */
  public _labelsOf(name: string, role: string, version = LIBRARY_VERSION): Record<string, string> {
    return {
      ...standardLabels({ name, component: role, partOf: this._partOf, version }),
      [LABEL.TIER]: this.tier.name,
      [LABEL.ROLE]: role,
    };
  }

  /**
   * Lets the fleet's Prometheus read metrics, and nothing else.
   * @internal
   */
  public _monitoringIngress(): k8s.NetworkPolicyIngressRule[] {
    const monitoring = fleetOf(this)?.monitoringNamespace;
    return monitoring === undefined
      ? [] : [{ from: [{ namespaceSelector: namespaceNamed(monitoring) }], ports: [tcp(ADMIN_PORT)] }];
  }

  /**
   * Counts a workload against the quota.
   * @internal
   */
  public _reserve(footprint: Footprint): void {
    this.footprints.push(footprint);
  }

  private ownLabels(component: string): Record<string, string> {
    return standardLabels({ name: this.namespaceName, component, partOf: this._partOf });
  }

  private createNamespace(): ApiObject {
    const levels = ['enforce', 'audit', 'warn'].flatMap((mode) => [
      [`pod-security.kubernetes.io/${mode}`, 'restricted'],
      [`pod-security.kubernetes.io/${mode}-version`, POD_SECURITY_VERSION],
    ]);
    const namespace = kubeObject(this, 'namespace', k8s.KubeNamespace.manifest({
      metadata: {
        name: this.namespaceName,
        labels: { ...this.ownLabels('namespace'), ...Object.fromEntries(levels) as Record<string, string> },
      },
    }));
    // The chart puts its namespace on every object; a Namespace is in none.
    namespace.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
    return namespace;
  }

  private createQuota(): ApiObject {
    const { cpu, memory, pods, storage } = this.tier.quota;
    const quantity = (text: string | number) => k8s.Quantity.fromString(String(text));
    return kubeObject(this, 'quota', k8s.KubeResourceQuota.manifest({
      metadata: { name: 'quota', labels: this.ownLabels('quota') },
      spec: {
        hard: {
          'requests.cpu': quantity(`${cpuMillis(cpu) / 2}m`),
          'limits.cpu': quantity(cpu.amount),
          'requests.memory': quantity(`${mebibytes(memory) / 2}Mi`),
          'limits.memory': quantity(memory.asString()),
          'requests.storage': quantity(storage.asString()),
          'pods': quantity(pods),
          // Nothing of a fleet opens a port on nodes.
          'services.nodeports': quantity(0),
        },
      },
    }));
  }

  private createLimitRange(): ApiObject {
    const quantity = (text: string) => k8s.Quantity.fromString(text);
    return kubeObject(this, 'limits', k8s.KubeLimitRange.manifest({
      metadata: { name: 'limits', labels: this.ownLabels('limits') },
      spec: {
        limits: [{
          // For pods that somebody else puts here: everything of ours says what it takes.
          type: 'Container',
          defaultRequest: { 'cpu': quantity('50m'), 'memory': quantity('64Mi'), 'ephemeral-storage': quantity('64Mi') },
          default: { 'cpu': quantity('100m'), 'memory': quantity('128Mi'), 'ephemeral-storage': quantity('256Mi') },
        }],
      },
    }));
  }

  private createDefaultPolicy(): ApiObject {
    const dns = ['UDP', 'TCP'].map((protocol) => ({ protocol, port: k8s.IntOrString.fromNumber(53) }));
    return networkPolicy(this, 'default-policy', {
      name: 'default-deny',
      labels: this.ownLabels('default-deny'),
      podSelector: {},
      ingress: () => [],
      egress: () => [{
        to: [podsIn('kube-system', { 'k8s-app': 'kube-dns' })],
        ports: dns,
      }],
    });
  }

  private createPodMonitor(): ApiObject {
    return podMonitor(this, 'pod-monitor', {
      name: 'mcp',
      labels: this.ownLabels('pod-monitor'),
      jobLabel: APP_LABEL.NAME,
      roles: Object.values(ROLE),
      port: 'admin',
      path: METRICS_PATH,
    });
  }
}
