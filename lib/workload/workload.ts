import type { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { atSynthesis } from './at-synthesis';
import { POD_SECURITY, containerSecurity } from './hardening';
import { kubeObject } from './kube-object';
import type { PodContainer, PodContainers } from './pod-containers';
import { toResourceRequirements } from './resources';
import { ANNOTATION } from '../contract/labels';

/** Until every proxy of the cluster has taken a pod out of its endpoints, requests still come. */
export const ENDPOINT_LAG_SECONDS = 15;
const GRACE_MARGIN_SECONDS = 10;

/** A pod must be able to finish the longest call that it has just accepted. */
export function gracePeriodSeconds(longestCallSeconds: number): number {
  return ENDPOINT_LAG_SECONDS + longestCallSeconds + GRACE_MARGIN_SECONDS;
}

export interface WorkloadOptions {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly annotations?: Record<string, string>;
  /** Labels of its pods; a superset of `selector`. */
  readonly podLabels: Record<string, string>;
  readonly selector: Record<string, string>;
  /** Digest of the configuration, asked at synthesis. */
  readonly configDigest?: () => string;
  /** Asked at synthesis; undefined leaves the number to an autoscaler. */
  readonly replicas: () => number | undefined;
  readonly pod: PodContainers;
  readonly volumes: k8s.Volume[];
  /** Asked at synthesis. */
  readonly longestCallSeconds: () => number;
  /** Claims make it a StatefulSet. */
  readonly volumeClaims?: k8s.KubePersistentVolumeClaimProps[];
}

interface WorkloadManifest {
  spec: {
    replicas?: unknown;
    template: {
      metadata: { annotations?: Record<string, unknown> };
      spec: { terminationGracePeriodSeconds?: unknown; topologySpreadConstraints?: unknown };
    };
  };
}

/** A hardened Deployment, or StatefulSet where pods own volumes. */
export function workload(scope: Construct, id: string, options: WorkloadOptions): ApiObject {
  const manifest = options.volumeClaims === undefined ? deploymentManifest(options) : statefulSetManifest(options);
  manifest.spec.replicas = atSynthesis(options.replicas);
  manifest.spec.template.spec.terminationGracePeriodSeconds = atSynthesis(
    () => gracePeriodSeconds(options.longestCallSeconds()));
  manifest.spec.template.spec.topologySpreadConstraints = atSynthesis(() => spread(options));
  if (options.configDigest !== undefined) {
    manifest.spec.template.metadata.annotations = {
      [ANNOTATION.CONFIG_DIGEST]: atSynthesis(options.configDigest),
    };
  }
  return kubeObject(scope, id, manifest);
}

function deploymentManifest(options: WorkloadOptions): WorkloadManifest {
  return k8s.KubeDeployment.manifest({
    metadata: { name: options.name, labels: options.labels, annotations: options.annotations },
    spec: {
      selector: { matchLabels: options.selector },
      // A new pod is ready before an old one goes: nobody notices an update.
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: k8s.IntOrString.fromNumber(1), maxUnavailable: k8s.IntOrString.fromNumber(0) },
      },
      template: podTemplate(options),
    },
  }) as WorkloadManifest;
}

function statefulSetManifest(options: WorkloadOptions): WorkloadManifest {
  return k8s.KubeStatefulSet.manifest({
    metadata: { name: options.name, labels: options.labels, annotations: options.annotations },
    spec: {
      serviceName: options.name,
      selector: { matchLabels: options.selector },
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      // Volumes hold what users stored: they outlive a workload that is scaled down or deleted.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      template: podTemplate(options),
      volumeClaimTemplates: options.volumeClaims,
    },
  }) as WorkloadManifest;
}

function podTemplate(options: WorkloadOptions): k8s.PodTemplateSpec {
  const { initContainers, containers } = options.pod;
  return {
    metadata: { labels: options.podLabels },
    spec: {
      serviceAccountName: options.name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: POD_SECURITY,
      initContainers: initContainers?.map(hardened),
      containers: containers.map(hardened),
      volumes: options.volumes,
    },
  };
}

function hardened({ user, resources, ...container }: PodContainer): k8s.Container {
  return {
    ...container,
    resources: toResourceRequirements(resources),
    imagePullPolicy: 'IfNotPresent',
    securityContext: containerSecurity(user),
  };
}

/** Replicas on one node or in one zone would fail together. Better there than nowhere, though. */
function spread(options: WorkloadOptions): k8s.TopologySpreadConstraint[] | undefined {
  if ((options.replicas() ?? Infinity) < 2) {
    return undefined;
  }
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: options.selector },
  }));
}
