import type { McpQuota } from './mcp-tier';
import { podTakes, type PodContainers } from '../workload/pod-containers';
import { cpuMillis, mebibytes, type CompleteResources } from '../workload/resources';

/** What one workload takes when it is at its largest. */
export interface Footprint {
  readonly pod: PodContainers;
  /** Pods at most, the one that a rolling update adds included. */
  readonly pods: () => number;
  /** Persistent storage of one pod, in MiB. */
  readonly storageMebibytes: number;
}

/** Sentences about what does not fit, none when everything does. */
export function quotaProblems(quota: McpQuota, footprints: readonly Footprint[]): string[] {
  const sum = (of: (footprint: Footprint) => number) =>
    footprints.reduce((total, footprint) => total + footprint.pods() * of(footprint), 0);
  const sumOf = (amountOf: (resources: CompleteResources) => number) => sum(({ pod }) => podTakes(pod, amountOf));
  const cpu = cpuMillis(quota.cpu);
  const memory = mebibytes(quota.memory);
  const checks: [what: string, unit: string, needed: number, allowed: number][] = [
    ['of CPU limits', 'm', sumOf((resources) => cpuMillis(resources.cpu.limit)), cpu],
    ['of CPU requests', 'm', sumOf((resources) => cpuMillis(resources.cpu.request)), cpu / 2],
    ['of memory limits', 'Mi', sumOf((resources) => mebibytes(resources.memory.limit)), memory],
    ['of memory requests', 'Mi', sumOf((resources) => mebibytes(resources.memory.request)), memory / 2],
    ['pods', '', sum(() => 1), quota.pods],
    ['of persistent storage', 'Mi', sum(({ storageMebibytes }) => storageMebibytes), mebibytes(quota.storage)],
  ];
  return checks
    .filter(([, , needed, allowed]) => needed > allowed)
    .map(([what, unit, needed, allowed]) =>
      `its workloads may take ${needed}${unit} ${what} at their largest (with the pod that an update adds), but the quota of its tier allows ${allowed}${unit}: `
      + 'lower replicas or resources, or use a tier with a larger quota (McpTier.of)');
}
