import { serviceSchema, type Service } from '../manifests/kubernetes';
import { contentOf, describe, type Manifests } from '../manifests/manifests';

/** A pod as a Service sees it. */
export interface Endpoint {
  readonly id: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Numbers of the ports that its containers name. */
  readonly namedPorts: ReadonlyMap<string, number>;
  /** `host:port` on this machine, for each port on which the pod's programs listen by their configuration. */
  readonly ports: ReadonlyMap<number, string>;
}

/** One Service port, and where it leads on this machine. */
export interface ServicePort {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly address: string;
}

export interface ServiceMap {
  readonly ports: readonly ServicePort[];
  /** Services that lead nowhere, in the cluster as here, and why. */
  readonly warnings: readonly string[];
}

/** Where each port of each Service leads, found as Kubernetes finds it: by selector and targetPort. */
export function serviceMap(manifests: Manifests, endpoints: readonly Endpoint[]): ServiceMap {
  const ports: ServicePort[] = [];
  const warnings: string[] = [];
  for (const object of manifests.ofKind('Service')) {
    const { spec } = contentOf(object, serviceSchema);
    const endpoint = endpoints.find((pod) => pod.namespace === object.namespace && selects(spec, pod));
    if (endpoint === undefined) {
      warnings.push(`${describe(object)} leads nowhere: it selects no pod that runs here`);
      continue;
    }
    for (const port of spec.ports) {
      const found = addressOf(port, spec, endpoint);
      if ('address' in found) {
        ports.push({ namespace: object.namespace, service: object.name, port: port.port, address: found.address });
      } else {
        warnings.push(`${describe(object)}, port ${port.port}, leads nowhere: ${found.reason}`);
      }
    }
  }
  return { ports, warnings };
}

/**
 * The lines of `--connect-to FILE` for programs in a namespace: each Service by its names in the cluster,
 * those of the same namespace by their bare names too.
 */
export function connectToLines(ports: readonly ServicePort[], fromNamespace: string): string {
  return ports.flatMap(({ namespace, service, port, address }) => {
    const name = `${service}.${namespace}`;
    const names = [`${name}.svc.cluster.local`, `${name}.svc`, name, ...(namespace === fromNamespace ? [service] : [])];
    return names.map((host) => `${host}:${port}=${address}\n`);
  }).join('');
}

/** A Service without a selector selects nothing: its endpoints are made by hand. */
function selects({ selector }: Service['spec'], { labels }: Endpoint): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value);
}

function addressOf(
  { port, targetPort = port }: Service['spec']['ports'][number], { clusterIP }: Service['spec'], endpoint: Endpoint,
): { address: string } | { reason: string } {
  const target = typeof targetPort === 'number' ? targetPort : endpoint.namedPorts.get(targetPort);
  if (target === undefined) {
    return { reason: `no container of ${endpoint.id} names a port '${targetPort}'` };
  }
  // A headless Service is only a name for the pods' addresses: nothing translates its ports.
  if (clusterIP === 'None' && target !== port) {
    return { reason: `the Service is headless, so clients reach the pods on ${port} and not on the targetPort ${target}` };
  }
  const address = endpoint.ports.get(target);
  const listening = [...endpoint.ports.keys()].join(', ') || 'none';
  return address === undefined
    ? { reason: `${endpoint.id} does not listen on ${target} by its configuration, but on: ${listening}` }
    : { address };
}
