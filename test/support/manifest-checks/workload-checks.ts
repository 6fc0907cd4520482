import type { Check } from './check';
import { selects, sidecarsOf, workloadsOf, type Workload } from './pods';
import type { KubeObject } from '../examples';

/** M06, M07, M20 – M33: what every pod and workload must be. */
export const WORKLOAD_CHECKS: Check[] = [
  onWorkloads('M06', 'has a seccomp profile', ({ pod }) => pod.securityContext?.seccompProfile?.type === 'RuntimeDefault'),
  onWorkloads('M07', 'bounds its scratch volumes', ({ pod }) =>
    (pod.volumes ?? []).every(({ emptyDir }) => emptyDir === undefined || emptyDir.sizeLimit !== undefined)),
  onWorkloads('M20', 'shares nothing of the node', ({ pod }) => !pod.hostNetwork && !pod.hostPID && !pod.hostIPC),
  onWorkloads('M21', 'has restricted volumes only', ({ pod }) =>
    (pod.volumes ?? []).every((volume) => Object.keys(volume).every((key) =>
      ['name', 'emptyDir', 'configMap', 'secret', 'projected', 'persistentVolumeClaim'].includes(key)))),
  onWorkloads('M22', 'has a ServiceAccount of its own, and no token', ({ pod, object }, objects) =>
    pod.automountServiceAccountToken === false && objects.some((other) =>
      other.kind === 'ServiceAccount' && other.metadata.name === pod.serviceAccountName
      && other.metadata.namespace === object.metadata.namespace
      && other.automountServiceAccountToken === false)),
  onWorkloads('M23', 'gets no service links', ({ pod }) => pod.enableServiceLinks === false),
  onWorkloads('M24', 'may finish its longest call', ({ pod }) => Number(pod.terminationGracePeriodSeconds) >= 15 + 30 + 10),
  // A native sidecar is told to end when all other containers have ended: who calls through it must finish before.
  onWorkloads('M24', 'drains before a sidecar that serves is told to end', ({ pod }) =>
    sidecarsOf(pod).every(({ ports }) => ports === undefined)
    || pod.containers.every(({ lifecycle }) => (lifecycle?.preStop?.exec?.command.length ?? 0) > 0)),
  onWorkloads('M25', 'is spread where it has replicas', ({ pod, object }) =>
    !mayHaveReplicas(object) || (pod.topologySpreadConstraints?.length ?? 0) > 0),
  onWorkloads('M30', 'has replicas in a core tier, or a reason', ({ object }) =>
    object.metadata.labels['cdk8s-mcp.dev/tier'] !== 'core' || mayHaveReplicas(object)
    || object.metadata.annotations?.['cdk8s-mcp.dev/singleton-reason'] !== undefined),
  onWorkloads('M30', 'has no replicas under an autoscaler', ({ object }, objects) =>
    !isScaled(object, objects) || replicasOf(object) === undefined),
  onWorkloads('M32', 'is updated without an outage', ({ object }) => updatesWithoutOutage(object)),
  onWorkloads('M31', 'has a disruption budget where it has replicas', ({ object, podLabels }, objects) =>
    !mayHaveReplicas(object) || objects.some((other) => isBudgetOf(other, object, podLabels))),
];

function onWorkloads(
  id: string, rule: string, holds: (workload: Workload, objects: KubeObject[]) => boolean,
): Check {
  return {
    id,
    rule: `every workload ${rule}`,
    violations: (objects) => workloadsOf(objects)
      .filter((workload) => !holds(workload, objects))
      .map(({ path }) => path),
  };
}

function replicasOf(object: KubeObject): number | undefined {
  return (object.spec as { replicas?: number }).replicas;
}

/** No number means that an autoscaler decides. */
function mayHaveReplicas(object: KubeObject): boolean {
  return (replicasOf(object) ?? Infinity) > 1;
}

function isScaled(object: KubeObject, objects: KubeObject[]): boolean {
  return objects.some((other) => other.kind === 'HorizontalPodAutoscaler'
    && (other.spec as { scaleTargetRef: { name: string } }).scaleTargetRef.name === object.metadata.name
    && other.metadata.namespace === object.metadata.namespace);
}

function isBudgetOf(budget: KubeObject, object: KubeObject, podLabels: Record<string, string>): boolean {
  if (budget.kind !== 'PodDisruptionBudget' || budget.metadata.namespace !== object.metadata.namespace) {
    return false;
  }
  const spec = budget.spec as {
    maxUnavailable: number; unhealthyPodEvictionPolicy: string; selector: { matchLabels: Record<string, string> };
  };
  return spec.maxUnavailable === 1 && spec.unhealthyPodEvictionPolicy === 'AlwaysAllow'
    && selects(spec.selector.matchLabels, podLabels);
}

function updatesWithoutOutage({ kind, spec }: KubeObject): boolean {
  const { replicas = Infinity, strategy } = spec as {
    replicas?: number; strategy?: { type: string; rollingUpdate: { maxUnavailable: number } };
  };
  return kind !== 'Deployment' || (strategy?.type === 'RollingUpdate' && strategy.rollingUpdate.maxUnavailable < replicas);
}
