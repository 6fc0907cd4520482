import type { Check } from './check';
import { pathOf, selects, workloadsOf, type Workload } from './pods';
import type { KubeObject } from '../examples';

type Labels = Record<string, string>;

interface SelectingSpec {
  selector?: Labels & { matchLabels?: Labels };
  podSelector?: { matchLabels?: Labels };
  ports?: { targetPort: number | string }[];
}

/** M11, M51, M53: what objects say of each other. */
export const REFERENCE_CHECKS: Check[] = [
  {
    id: 'M53',
    rule: 'every selector of a Service, budget or policy matches exactly one workload, but for the policy of all pods',
    violations: (objects) => selecting(objects)
      .filter(({ object, selector }) => selectedBy(object, selector, objects).length !== 1)
      .map(({ object }) => pathOf(object)),
  },
  {
    id: 'M11',
    rule: 'every Service leads to ports of its containers, by number',
    violations: (objects) => selecting(objects)
      .filter(({ object }) => object.kind === 'Service')
      .filter(({ object, selector }) => {
        const containers = selectedBy(object, selector, objects).flatMap((workload) => workload.containers);
        const numbers = containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));
        return (object.spec as SelectingSpec).ports?.some(({ targetPort }) => !numbers.includes(targetPort as number));
      })
      .map(({ object }) => pathOf(object)),
  },
  {
    id: 'M51',
    rule: 'every target of an autoscaler and every Service of a StatefulSet exists',
    violations: (objects) => objects
      .filter((object) => referencesOf(object).some((reference) => !objects.some((other) =>
        `${other.kind}/${other.metadata.name}` === reference && other.metadata.namespace === object.metadata.namespace)))
      .map(pathOf),
  },
];

function selecting(objects: KubeObject[]): { object: KubeObject; selector: Labels }[] {
  return objects
    .filter(({ kind }) => ['Service', 'PodDisruptionBudget', 'NetworkPolicy'].includes(kind))
    .map((object) => {
      const { selector, podSelector } = object.spec as SelectingSpec;
      return { object, selector: podSelector?.matchLabels ?? selector?.matchLabels ?? selector ?? {} };
    })
    .filter(({ object, selector }) => object.kind !== 'NetworkPolicy' || Object.keys(selector).length > 0);
}

function selectedBy({ metadata }: KubeObject, selector: Labels, objects: KubeObject[]): Workload[] {
  return workloadsOf(objects).filter(({ object, podLabels }) =>
    object.metadata.namespace === metadata.namespace && selects(selector, podLabels));
}

function referencesOf({ kind, spec }: KubeObject): string[] {
  const references = (spec ?? {}) as { scaleTargetRef?: { kind: string; name: string }; serviceName?: string };
  switch (kind) {
    case 'HorizontalPodAutoscaler': return [`${references.scaleTargetRef!.kind}/${references.scaleTargetRef!.name}`];
    case 'StatefulSet': return [`Service/${references.serviceName!}`];
    default: return [];
  }
}
