import type { KubeObject } from '../examples';

/** A workload's pod template and what it says about containers. */
export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  restartPolicy?: string;
  env?: { name: string; value?: string; valueFrom?: unknown }[];
  ports?: { name: string; containerPort: number; hostPort?: number }[];
  securityContext?: Record<string, unknown> & { capabilities?: { drop?: string[]; add?: string[] } };
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
  lifecycle?: { preStop?: { exec?: { command: string[] } } };
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  startupProbe?: Probe;
}

export interface Probe {
  httpGet?: { path: string; port: number | string };
  exec?: { command: string[] };
}

export interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  volumes?: (Record<string, unknown> & { name: string; emptyDir?: { sizeLimit?: string } })[];
  securityContext?: Record<string, unknown> & { seccompProfile?: { type: string } };
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  terminationGracePeriodSeconds?: number;
  topologySpreadConstraints?: unknown[];
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
}

export interface Workload {
  readonly object: KubeObject;
  readonly path: string;
  readonly podLabels: Record<string, string>;
  readonly pod: PodSpec;
  /** Init containers and sidecars included. */
  readonly containers: Container[];
}

export function workloadsOf(objects: KubeObject[]): Workload[] {
  return objects
    .filter(({ kind }) => ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind))
    .map((object) => {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-member-access -- a pod template, by its kind
      const template = object.spec.template as { metadata: { labels: Record<string, string> }; spec: PodSpec };
      return {
        object,
        path: pathOf(object),
        podLabels: template.metadata.labels,
        pod: template.spec,
        containers: [...template.spec.initContainers ?? [], ...template.spec.containers],
      };
    });
}

/** Native sidecars: init containers that run as long as the pod. */
export function sidecarsOf({ initContainers = [] }: PodSpec): Container[] {
  return initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
}

/** Containers that end before the pod serves. Nobody probes them, and Kubernetes would refuse probes. */
export function endsBeforehand(container: Container, { initContainers = [] }: PodSpec): boolean {
  return initContainers.includes(container) && container.restartPolicy !== 'Always';
}

export function pathOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}

export function selects(selector: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
