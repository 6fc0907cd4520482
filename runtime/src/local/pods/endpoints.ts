import { isLoopback, parseListenAddress } from '../../platform/listen';
import type { LocalContainer } from './local-addresses';
import type { PodPlan } from './pod-plan';
import type { Endpoint } from './services';

/** The pods that run, as Services see them. */
export function endpointsOf(containers: readonly LocalContainer[]): Endpoint[] {
  const pods = new Set(containers.map(({ pod }) => pod));
  return [...pods].map((pod) => endpointOf(pod, containers.filter((container) => container.pod === pod)));
}

function endpointOf(pod: PodPlan, containers: readonly LocalContainer[]): Endpoint {
  const named = [...pod.spec.initContainers, ...pod.spec.containers].flatMap(({ ports }) => ports);
  return {
    id: pod.id,
    namespace: pod.workload.namespace,
    labels: pod.labels,
    namedPorts: new Map(named.map(({ name = '', containerPort }) => [name, containerPort])),
    ports: new Map(containers.flatMap(reachablePorts)),
  };
}

/** What listens on the pod's loopback address only, no Service reaches. */
function reachablePorts({ run, ports }: LocalContainer): [number, string][] {
  const loopback = run.kind === 'command' ? [] : [run.config.listen, run.config.admin]
    .map(parseListenAddress)
    .filter(({ host }) => isLoopback(host))
    .map(({ port }) => port);
  return [...ports].filter(([port]) => !loopback.includes(port));
}
