import type { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { ASSERTION_KEYS_OBJECT } from './assertion-keys';
import { checkImage, checkMemory, checkScratch } from './check-server';
import type { McpServerProps } from './mcp-server-props';
import type { ServerProgram } from './server-pod';
import { callSecondsOf } from './server-program';
import { singletonReason } from './server-replicas';
import { persistentMebibytes, scratchMebibytes, volumeClaims } from './server-volumes';
import { ANNOTATION, LABEL, ROLE } from '../contract/labels';
import type { McpNamespace } from '../namespace/mcp-namespace';
import { networkPolicy } from '../network/network-policy';
import { Configuration } from '../workload/configuration';
import { imageVersion } from '../workload/image';
import { kubeObject } from '../workload/kube-object';
import { completeResources, mebibytes, withScratch } from '../workload/resources';
import { serviceAccount } from '../workload/service-account';
import { workload } from '../workload/workload';

export interface ServerObjectsOptions {
  readonly name: string;
  readonly namespace: McpNamespace;
  readonly program: ServerProgram;
  readonly image: string;
  readonly companionImage: string;
  readonly props: McpServerProps;
  readonly selector: Record<string, string>;
  /** Asked at synthesis; undefined under an autoscaler. */
  readonly replicas: () => number | undefined;
  readonly mostReplicas: () => number;
  readonly ingress: () => k8s.NetworkPolicyIngressRule[];
}

export interface ServerObjects {
  /** What all of them carry. */
  readonly labels: Record<string, string>;
  readonly workload: ApiObject;
  readonly service: ApiObject;
  readonly serviceAccount: ApiObject;
  readonly networkPolicy: ApiObject;
  readonly configMap?: ApiObject;
}

/** Everything that a server is made of on Kubernetes, but what depends on its number of replicas. */
export function createServerObjects(scope: Construct, options: ServerObjectsOptions): ServerObjects {
  const { name, namespace, program, props } = options;
  const source = props.source._spec;
  const labels = {
    ...namespace._labelsOf(name, ROLE.SERVER, source.type === 'npm' ? source.version : imageVersion(source.image)),
    [LABEL.SERVER]: name,
  };
  const configuration = program.proxyFiles
    && new Configuration(scope, 'config', { name: `${name}-proxy`, labels, files: program.proxyFiles });
  return {
    labels,
    serviceAccount: serviceAccount(scope, name, labels),
    ...(configuration === undefined ? {} : { configMap: configuration.configMap }),
    workload: createWorkload(scope, options, labels, configuration),
    service: createService(scope, options, labels),
    networkPolicy: networkPolicy(scope, 'network-policy', {
      name, labels,
      podSelector: options.selector,
      ingress: options.ingress,
      egress: () => (props.egress ?? []).map((peer) => peer._egressRule()),
    }),
  };
}

function createWorkload(
  scope: Construct, options: ServerObjectsOptions, labels: Record<string, string>, configuration?: Configuration,
): ApiObject {
  const { name, namespace, program, image, companionImage, props } = options;
  checkImage(scope, namespace.tier, image);
  const resources = completeResources(scope, props.resources, withScratch(program.resources, scratchMebibytes(props)));
  checkMemory(scope, program.memoryNeededMebibytes, mebibytes(resources.memory.limit));
  checkScratch(scope, scratchMebibytes(props), mebibytes(resources.ephemeralStorage.limit));
  const claims = volumeClaims(props, labels);
  const { volumes, ...pod } = program.pod({ server: scope, props, image, companionImage, resources, configuration });
  namespace._reserve({
    pod,
    // A rolling update of a Deployment adds a pod for a while.
    pods: () => options.mostReplicas() + (claims === undefined ? 1 : 0),
    storageMebibytes: persistentMebibytes(props),
  });
  return workload(scope, 'workload', {
    name, labels, pod, volumes,
    annotations: annotationsOf(options),
    podLabels: labels,
    selector: options.selector,
    configDigest: configuration && (() => configuration.digest()),
    replicas: options.replicas,
    longestCallSeconds: () => callSecondsOf(props),
    volumeClaims: claims,
  });
}

function annotationsOf(options: ServerObjectsOptions): Record<string, string> | undefined {
  const { program, mostReplicas, namespace, props } = options;
  // Why there is only one pod although the tier wants more: for reviewers, who read the manifest.
  const isSingleton = mostReplicas() === 1 && namespace.tier.replicas > 1;
  const reason = isSingleton ? singletonReason(props) : undefined;
  const annotations = {
    ...(program.proxyFiles === undefined ? {} : { [ANNOTATION.EXTERNAL]: ASSERTION_KEYS_OBJECT }),
    ...(reason === undefined ? {} : { [ANNOTATION.SINGLETON_REASON]: reason }),
  };
  return Object.keys(annotations).length > 0 ? annotations : undefined;
}

function createService(scope: Construct, options: ServerObjectsOptions, labels: Record<string, string>): ApiObject {
  return kubeObject(scope, 'service', k8s.KubeService.manifest({
    metadata: { name: options.name, labels },
    spec: {
      clusterIp: 'None',
      selector: options.selector,
      ports: options.program.ports.map(({ name, containerPort }) => ({
        name: name!,
        port: containerPort,
        targetPort: k8s.IntOrString.fromNumber(containerPort),
        protocol: 'TCP',
        appProtocol: 'http',
      })),
    },
  }));
}
