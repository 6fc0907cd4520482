import type { ApiObject } from 'cdk8s';
import { k8s, type ContainerResources } from 'cdk8s-plus-28';
import type { Construct, IConstruct } from 'constructs';
import { CONFIG_DIRECTORY } from './configuration';
import { disruptionBudget } from './disruption-budget';
import { fail, requireInteger } from './fail';
import { kubeObject } from './kube-object';
import type { PodContainers } from './pod-containers';
import { httpProbes } from './probes';
import { completeResources, type CompleteResources } from './resources';
import { serviceAccount } from './service-account';
import { podSelector } from './standard-labels';
import { DEFAULT_IMAGE_REPOSITORY, companionImage } from './version';
import { workload } from './workload';
import { ANNOTATION } from '../contract/labels';
import { HEALTH_PATH, READY_PATH } from '../contract/paths';
import { ADMIN_PORT } from '../contract/ports';
import { fleetOf } from '../fleet/fleet-context';
import type { McpNamespace } from '../namespace/mcp-namespace';
import { networkPolicy } from '../network/network-policy';

export interface ProgramOptions {
  /** Which program of the companion image: it is also the pods' role. */
  readonly role: 'gateway' | 'registry';
  readonly name: string;
  readonly namespace: McpNamespace;
  readonly replicas: number;
  /** Why there is only one pod: for reviewers, who read the manifest. */
  readonly singletonReason?: string;
  readonly port: number;
  readonly resources: { readonly chosen: ContainerResources | undefined; readonly defaults: CompleteResources };
  readonly volumes: k8s.Volume[];
  readonly volumeMounts: k8s.VolumeMount[];
  /** `Kind/name` of what the pods need and no manifest contains. */
  readonly externalObjects: string[];
  readonly configDigest: () => string;
  readonly longestCallSeconds: () => number;
  readonly ingress: () => k8s.NetworkPolicyIngressRule[];
  readonly egress: () => k8s.NetworkPolicyEgressRule[];
}

export interface Program {
  readonly workload: ApiObject;
  readonly service: ApiObject;
  readonly serviceAccount: ApiObject;
  readonly networkPolicy: ApiObject;
  /** None for a single pod. */
  readonly disruptionBudget?: ApiObject;
}

/** A program of the companion image that serves the whole fleet: gateway or registry. */
export function createProgram(scope: Construct, options: ProgramOptions): Program {
  const { name, namespace, role, replicas } = options;
  const labels = namespace._labelsOf(name, role);
  const selector = podSelector(role, name);
  return {
    ...(replicas > 1 ? { disruptionBudget: disruptionBudget(scope, { name, labels, selector }) } : {}),
    serviceAccount: serviceAccount(scope, name, labels),
    workload: createWorkload(scope, options, labels, selector),
    service: kubeObject(scope, 'service', k8s.KubeService.manifest({
      metadata: { name, labels },
      spec: {
        selector,
        ports: [{ name: 'mcp', port: options.port, targetPort: k8s.IntOrString.fromNumber(options.port), protocol: 'TCP' }],
      },
    })),
    networkPolicy: networkPolicy(scope, 'network-policy', {
      name, labels, podSelector: selector, ingress: options.ingress, egress: options.egress,
    }),
  };
}

function createWorkload(
  scope: Construct, options: ProgramOptions, labels: Record<string, string>, selector: Record<string, string>,
): ApiObject {
  const { name, namespace, replicas } = options;
  const pod = podOf(scope, options);
  namespace._reserve({ pod, pods: () => replicas + 1, storageMebibytes: 0 });
  return workload(scope, 'workload', {
    name, labels, selector, pod,
    podLabels: labels,
    annotations: annotationsOf(options),
    configDigest: options.configDigest,
    replicas: () => replicas,
    longestCallSeconds: options.longestCallSeconds,
    volumes: [
      { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('64Mi') } },
      ...options.volumes,
    ],
  });
}

function podOf(scope: Construct, { role, port, resources, volumeMounts }: ProgramOptions): PodContainers {
  return {
    containers: [{
      name: role,
      image: companionImage(fleetOf(scope)?.imageRepository ?? DEFAULT_IMAGE_REPOSITORY),
      args: [role, '--config', `${CONFIG_DIRECTORY}/${role}.yaml`],
      ports: [
        { name: 'mcp', containerPort: port, protocol: 'TCP' },
        { name: 'admin', containerPort: ADMIN_PORT, protocol: 'TCP' },
      ],
      ...httpProbes({ port: ADMIN_PORT, healthPath: HEALTH_PATH, readyPath: READY_PATH }),
      resources: completeResources(scope, resources.chosen, resources.defaults),
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...volumeMounts],
    }],
  };
}

function annotationsOf(options: ProgramOptions): Record<string, string> | undefined {
  const { externalObjects, replicas, singletonReason } = options;
  const annotations = {
    ...(externalObjects.length > 0 ? { [ANNOTATION.EXTERNAL]: externalObjects.join(',') } : {}),
    ...(replicas === 1 && singletonReason !== undefined ? { [ANNOTATION.SINGLETON_REASON]: singletonReason } : {}),
  };
  return Object.keys(annotations).length > 0 ? annotations : undefined;
}

/** Ends the synthesis when all clients of a fleet would depend on a single pod, and nothing says why. */
export function checkReplicas(program: IConstruct, replicas: number, singletonReason?: string): void {
  requireInteger(program, 'replicas', replicas, 1);
  if (replicas === 1 && singletonReason === undefined) {
    fail(program, 'has a single replica, so every restart would be an outage of the whole fleet: '
      + 'leave replicas out, or say why with singletonReason');
  }
}
