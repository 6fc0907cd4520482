import type { Check } from './check';
import { pathOf, sidecarsOf, workloadsOf, type Container, type PodSpec, type Workload } from './pods';
import type { KubeObject } from '../examples';

type Bound = 'requests' | 'limits';

const UNITS: Record<string, number> = { m: 1e-3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** M40: what a namespace may take. */
export const QUOTA_CHECKS: Check[] = [{
  id: 'M40',
  rule: 'every quota bears all workloads of its namespace at their largest',
  violations: (objects) => objects
    .filter(({ kind }) => kind === 'ResourceQuota')
    .flatMap((quota) => {
      const { namespace } = quota.metadata;
      const workloads = workloadsOf(objects).filter(({ object }) => object.metadata.namespace === namespace);
      const { hard } = quota.spec as { hard: Record<string, string> };
      return (['requests', 'limits'] as const)
        .flatMap((bound) => ['cpu', 'memory'].map((what) => ({ bound, what })))
        .filter(({ bound, what }) => numberOf(hard[`${bound}.${what}`]) < workloads.reduce((sum, workload) =>
          sum + largestNumberOfPods(workload, objects) * podTakes(workload.pod, bound, what), 0))
        .map(({ bound, what }) => `${pathOf(quota)} ${bound}.${what}`);
    }),
}];

/** An update of a Deployment adds a pod. */
function largestNumberOfPods({ object }: Workload, objects: KubeObject[]): number {
  const autoscaler = objects.find((other) => other.kind === 'HorizontalPodAutoscaler'
    && (other.spec as { scaleTargetRef: { name: string } }).scaleTargetRef.name === object.metadata.name
    && other.metadata.namespace === object.metadata.namespace);
  const { replicas = 1 } = object.spec as { replicas?: number };
  const most = (autoscaler?.spec as { maxReplicas?: number } | undefined)?.maxReplicas ?? replicas;
  return most + (object.kind === 'Deployment' ? 1 : 0);
}

/** https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers */
function podTakes(pod: PodSpec, bound: Bound, what: string): number {
  const amountOf = ({ resources }: Container) => numberOf(resources?.[bound]?.[what]);
  const sumOf = (containers: Container[]) => containers.reduce((sum, container) => sum + amountOf(container), 0);
  const starting = (pod.initContainers ?? []).map((container, index, all) =>
    amountOf(container) + sumOf(sidecarsOf({ containers: [], initContainers: all.slice(0, index) })));
  return Math.max(...starting, sumOf(sidecarsOf(pod)) + sumOf(pod.containers));
}

function numberOf(quantity: string | number | undefined): number {
  const [, digits, unit = ''] = /^([\d.]+)(\w*)$/.exec(String(quantity ?? '0'))!;
  return Number(digits) * (UNITS[unit] ?? 1);
}
