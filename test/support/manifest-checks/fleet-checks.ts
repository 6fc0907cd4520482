import type { Check } from './check';
import { pathOf, selects, workloadsOf } from './pods';
import type { KubeObject } from '../examples';

interface Rule {
  from?: PolicyPeer[];
  to?: PolicyPeer[];
  ports?: { port: number | string; protocol: string }[];
}

interface PolicyPeer {
  namespaceSelector?: { matchLabels?: Record<string, string> };
  podSelector?: { matchLabels?: Record<string, string> };
  ipBlock?: { cidr: string; except?: string[] };
}

interface PolicySpec {
  podSelector: { matchLabels?: Record<string, string> };
  policyTypes: string[];
  ingress?: Rule[];
  egress?: Rule[];
}

const STANDARD_LABELS = ['name', 'instance', 'component', 'part-of', 'managed-by'];

/** M40 – M53: namespaces, network, rights, references. */
export const FLEET_CHECKS: Check[] = [
  onKind('M40', 'Namespace', 'enforces "restricted", has a quota and a limit range', (namespace, objects) =>
    namespace.metadata.labels['pod-security.kubernetes.io/enforce'] === 'restricted'
    && /^v1\.\d+$/.test(namespace.metadata.labels['pod-security.kubernetes.io/enforce-version'] ?? '')
    && ['ResourceQuota', 'LimitRange'].every((kind) =>
      objects.some((object) => object.kind === kind && object.metadata.namespace === namespace.metadata.name))),
  {
    id: 'M41',
    rule: 'every pod is selected by policies for ingress and egress, and its namespace denies by default',
    violations: (objects) => workloadsOf(objects)
      .filter(({ object, podLabels }) => {
        const policies = policiesOf(objects, object.metadata.namespace);
        const own = policies.filter((spec) => selects(spec.podSelector.matchLabels ?? {}, podLabels));
        return own.length < 2 || own.some(({ policyTypes }) => policyTypes.length !== 2)
          || !policies.some((spec) => spec.podSelector.matchLabels === undefined && spec.ingress?.length === 0);
      })
      .map(({ path }) => path),
  },
  onKind('M42', 'NetworkPolicy', 'opens ports by number, and to everybody only the gateway\'s', (policy) => {
    const { ingress = [], podSelector } = policy.spec as PolicySpec;
    const isGateway = podSelector.matchLabels?.['cdk8s-mcp.dev/role'] === 'gateway';
    return ingress.every(({ from, ports = [] }) => ports.length > 0
      && ports.every(({ port }) => typeof port === 'number')
      && (from === undefined ? isGateway : from.every(isNarrow)));
  }),
  onKind('M43', 'NetworkPolicy', 'lets pods connect to named peers only', (policy) =>
    ((policy.spec as PolicySpec).egress ?? []).every(({ to, ports = [] }) =>
      ports.length > 0 && to !== undefined && to.length > 0 && to.every(isNarrow))),
  onKind('M44', 'Service', 'opens nothing on nodes', ({ spec }) =>
    (spec as { type?: string }).type !== 'NodePort' && (spec as { externalIPs?: unknown }).externalIPs === undefined),
  { id: 'M50', rule: 'there are no rights at all', violations: (objects) => objects.filter(({ kind }) => kind.includes('Role')).map(pathOf) },
  {
    id: 'M51',
    rule: 'every ConfigMap and Secret that a pod mounts exists, or is declared as external',
    violations: (objects) => workloadsOf(objects).flatMap(({ object, pod, path }) =>
      (pod.volumes ?? []).flatMap((volume) => references(volume))
        .filter((reference) => !exists(reference, object, objects))
        .map((reference) => `${path} ${reference}`)),
  },
  {
    id: 'M53',
    rule: 'every object has the standard labels',
    violations: (objects) => objects
      .filter(({ metadata }) => STANDARD_LABELS.some((label) => !metadata.labels[`app.kubernetes.io/${label}`])
        || metadata.labels['app.kubernetes.io/managed-by'] !== 'cdk8s-mcp')
      .map(pathOf),
  },
];

function onKind(
  id: string, kind: string, rule: string, holds: (object: KubeObject, objects: KubeObject[]) => boolean,
): Check {
  return {
    id,
    rule: `every ${kind} ${rule}`,
    violations: (objects) => objects
      .filter((object) => object.kind === kind && !holds(object, objects))
      .map(pathOf),
  };
}

function policiesOf(objects: KubeObject[], namespace: string | undefined): PolicySpec[] {
  return objects
    .filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.namespace === namespace)
    .map(({ spec }) => spec as PolicySpec);
}

function isNarrow({ namespaceSelector, podSelector, ipBlock }: PolicyPeer): boolean {
  if (ipBlock !== undefined) {
    return Number(ipBlock.cidr.split('/')[1]) > 1;
  }
  const namespaceIsNamed = namespaceSelector === undefined
    || Object.keys(namespaceSelector.matchLabels ?? {}).join() === 'kubernetes.io/metadata.name';
  return namespaceIsNamed
    && (namespaceSelector !== undefined || Object.keys(podSelector?.matchLabels ?? {}).length > 0);
}

function references(volume: Record<string, unknown>): string[] {
  const { configMap, secret } = volume as { configMap?: { name: string }; secret?: { secretName: string } };
  return [
    ...(configMap === undefined ? [] : [`ConfigMap/${configMap.name}`]),
    ...(secret === undefined ? [] : [`Secret/${secret.secretName}`]),
  ];
}

function exists(reference: string, referrer: KubeObject, objects: KubeObject[]): boolean {
  const declared = referrer.metadata.annotations?.['cdk8s-mcp.dev/external']?.split(',') ?? [];
  return declared.includes(reference) || objects.some((object) =>
    `${object.kind}/${object.metadata.name}` === reference && object.metadata.namespace === referrer.metadata.namespace);
}
