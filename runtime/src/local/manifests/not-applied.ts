import { serviceSchema, volumeMountSchema, workloadSchema, type Container } from './kubernetes';
import { contentOf, type Manifests } from './manifests';

/** Kinds that the local run acts on. ConfigMaps, Secrets and claims count where a workload names them. */
const APPLIED_KINDS = new Set([
  'Deployment', 'StatefulSet', 'Service', 'ConfigMap', 'Secret', 'PersistentVolumeClaim',
]);

/** What the manifests say that has no effect in a local run: for each part, the kinds or fields. */
export interface NotApplied {
  readonly part: 'objects' | 'of workloads' | 'of pods' | 'of containers' | 'of volume mounts' | 'of Services' | 'files without objects';
  readonly what: readonly string[];
}

/**
 * Everything that the local run leaves out, so that nothing is ignored silently.
 * A field is applied if and only if the schemas in kubernetes.ts know it.
 */
export function notApplied(manifests: Manifests): NotApplied[] {
  const workloads = manifests.ofKind('Deployment', 'StatefulSet').map((w) => contentOf(w, workloadSchema).spec);
  const pods = workloads.map(({ template }) => template.spec);
  const containers = pods.flatMap((pod) => [...pod.initContainers, ...pod.containers]);
  const services = manifests.ofKind('Service').map((service) => contentOf(service, serviceSchema).spec);
  const { spec: workload } = workloadSchema.shape;
  const pod = workload.shape.template.shape.spec;
  const container = pod.shape.containers.element;
  const parts: NotApplied[] = [
    { part: 'objects', what: countedKinds(manifests) },
    { part: 'of workloads', what: unknownFields(workloads, workload.shape) },
    { part: 'of pods', what: unknownFields(pods, pod.shape) },
    { part: 'of containers', what: [...unknownFields(containers, container.shape), ...otherProbes(containers)] },
    {
      part: 'of volume mounts',
      what: unknownFields(containers.flatMap(({ volumeMounts }) => volumeMounts), volumeMountSchema.shape),
    },
    {
      part: 'of Services',
      what: [...unknownFields(services, serviceSchema.shape.spec.shape), ...otherTypes(services.map((s) => s.type))],
    },
    { part: 'files without objects', what: [...manifests.otherFiles] },
  ];
  return parts.filter(({ what }) => what.length > 0);
}

function countedKinds(manifests: Manifests): string[] {
  const counts = new Map<string, number>();
  for (const { kind } of manifests.all()) {
    if (!APPLIED_KINDS.has(kind)) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([kind, count]) => `${count} ${kind}`);
}

function unknownFields(objects: readonly object[], known: object): string[] {
  const fields = new Set(objects.flatMap((object) => Object.keys(object)));
  return [...fields].filter((field) => !(field in known)).sort();
}

function otherProbes(containers: readonly Container[]): string[] {
  const other = containers.some(({ readinessProbe: probe }) => probe !== undefined && probe.httpGet === undefined);
  return other ? ['readinessProbe other than httpGet'] : [];
}

function otherTypes(types: readonly string[]): string[] {
  return [...new Set(types)].filter((type) => type !== 'ClusterIP').map((type) => `type ${type}`);
}
