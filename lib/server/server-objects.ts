import type { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { checkImage, checkMemory, singletonReason } from './check-server';
import type { McpServerProps } from './mcp-server-props';
import { imageVersion } from './mcp-source';
import { callSecondsOf, type ServerProgram } from './server-program';
import { ANNOTATION, LABEL, ROLE } from '../contract/labels';
import type { McpNamespace } from '../namespace/mcp-namespace';
import { networkPolicy } from '../network/network-policy';
import { CONFIG_DIRECTORY, Configuration } from '../workload/configuration';
import { kubeObject } from '../workload/kube-object';
import { httpProbes } from '../workload/probes';
import { completeResources, mebibytes, toResourceRequirements } from '../workload/resources';
import { serviceAccount } from '../workload/service-account';
import { workload } from '../workload/workload';

export interface ServerObjectsOptions {
  readonly name: string;
  readonly namespace: McpNamespace;
  readonly program: ServerProgram;
  readonly image: string;
  readonly props: McpServerProps;
  readonly selector: Record<string, string>;
  /** Asked at synthesis; undefined under an autoscaler. */
  readonly replicas: () => number | undefined;
  readonly mostReplicas: () => number;
  readonly ingress: () => k8s.NetworkPolicyIngressRule[];
}

export interface ServerObjects {
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
  const configuration = program.proxy
    && new Configuration(scope, 'config', { name: `${name}-proxy`, labels, files: program.proxy.files });
  return {
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
  const { name, namespace, program, image, props } = options;
  checkImage(scope, namespace.tier, image);
  const resources = completeResources(scope, props.resources, program.resources);
  checkMemory(scope, program.memoryNeededMebibytes, mebibytes(resources.memory.limit));
  const claims = (props.volumes ?? []).filter(({ isPersistent }) => isPersistent);
  namespace._reserve({
    resources,
    // A rolling update of a Deployment adds a pod for a while.
    pods: () => options.mostReplicas() + (claims.length > 0 ? 0 : 1),
    storageMebibytes: claims.reduce((sum, { size }) => sum + mebibytes(size), 0),
  });
  return workload(scope, 'workload', {
    name, labels,
    annotations: singletonAnnotation(options),
    podLabels: labels,
    selector: options.selector,
    configDigest: configuration && (() => configuration.digest()),
    replicas: options.replicas,
    longestCallSeconds: callSecondsOf(props),
    container: {
      name: program.containerName,
      image,
      args: program.args,
      env: environment(props),
      ports: program.ports,
      ...httpProbes(program.probes),
      resources: toResourceRequirements(resources),
      volumeMounts: volumeMounts(props, configuration),
    },
    volumes: podVolumes(props, configuration),
    volumeClaims: claims.length > 0 ? claims.map((volume) => volume._claim(labels)) : undefined,
  });
}

/** Why there is only one pod although the tier wants more: for reviewers, who read the manifest. */
function singletonAnnotation(options: ServerObjectsOptions): Record<string, string> | undefined {
  const isSingleton = options.mostReplicas() === 1 && options.namespace.tier.replicas > 1;
  const reason = isSingleton ? singletonReason(options.props) : undefined;
  return reason === undefined ? undefined : { [ANNOTATION.SINGLETON_REASON]: reason };
}

function environment({ env }: McpServerProps): k8s.EnvVar[] | undefined {
  return env && Object.entries(env).map(([name, value]) => ({ name, value }));
}

function volumeMounts({ volumes = [] }: McpServerProps, configuration?: Configuration): k8s.VolumeMount[] {
  return [
    { name: 'tmp', mountPath: '/tmp' },
    ...(configuration === undefined ? [] : [{ name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true }]),
    ...volumes.map((volume) => ({ name: volume._name, mountPath: volume.path })),
  ];
}

function podVolumes(props: McpServerProps, configuration?: Configuration): k8s.Volume[] {
  const scratch = (volumeName: string, size: string) =>
    ({ name: volumeName, emptyDir: { sizeLimit: k8s.Quantity.fromString(size) } });
  return [
    scratch('tmp', '64Mi'),
    ...(configuration === undefined ? [] : [{ name: 'config', configMap: { name: configuration.configMap.name } }]),
    ...(props.volumes ?? [])
      .filter(({ isPersistent }) => !isPersistent)
      .map((volume) => scratch(volume._name, volume.size.asString())),
  ];
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
