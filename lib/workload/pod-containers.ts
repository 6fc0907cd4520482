import type { k8s } from 'cdk8s-plus-28';
import type { CompleteResources } from './resources';

/** A container of a pod. What those of all workloads have in common is added by `workload`. */
export interface PodContainer extends Omit<k8s.Container, 'securityContext' | 'imagePullPolicy' | 'resources'> {
  readonly resources: CompleteResources;
  /**
   * User and group that it runs as.
   *
   * @default - those of the pod
   */
  readonly user?: number;
}

export interface PodContainers {
  /** In the order of their start. With `restartPolicy: 'Always'` they are sidecars, which run as long as the pod. */
  readonly initContainers?: PodContainer[];
  readonly containers: PodContainer[];
}

/**
 * How much of something a pod takes at most, counted as Kubernetes does: containers and sidecars run together; an init
 * container that ends runs before the containers, beside the sidecars that have been started before it.
 */
export function podTakes(
  { initContainers = [], containers }: PodContainers, amountOf: (resources: CompleteResources) => number,
): number {
  let sidecars = 0;
  let most = 0;
  for (const { restartPolicy, resources } of initContainers) {
    const amount = amountOf(resources);
    most = Math.max(most, sidecars + amount);
    sidecars += restartPolicy === 'Always' ? amount : 0;
  }
  return Math.max(most, containers.reduce((sum, { resources }) => sum + amountOf(resources), sidecars));
}
