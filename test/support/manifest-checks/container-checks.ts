import type { Check } from './check';
import { endsBeforehand, workloadsOf, type Container, type Probe, type Workload } from './pods';
import type { KubeObject } from '../examples';

/** M01 – M13: what every container must be. */
export const CONTAINER_CHECKS: Check[] = [
  onContainers('M01', 'is not privileged', ({ securityContext }) => securityContext?.privileged !== true),
  onContainers('M02', 'cannot escalate', ({ securityContext }) => securityContext?.allowPrivilegeEscalation === false),
  onContainers('M03', 'runs as non-root', ({ securityContext }) => securityContext?.runAsNonRoot === true),
  onContainers('M04', 'runs as a high user and group', ({ securityContext }) =>
    Number(securityContext?.runAsUser) >= 10000 && Number(securityContext?.runAsGroup) >= 10000),
  onContainers('M05', 'has no capabilities', ({ securityContext }) =>
    securityContext?.capabilities?.drop?.includes('ALL') === true && securityContext.capabilities.add === undefined),
  onContainers('M07', 'has a read-only root', ({ securityContext }) => securityContext?.readOnlyRootFilesystem === true),
  onContainers('M08', 'names its image exactly', ({ image }, { object }) =>
    isPinned(image, object.metadata.labels['cdk8s-mcp.dev/tier'] === 'core')),
  onContainers('M09', 'says what it takes', ({ resources }) =>
    ['cpu', 'memory', 'ephemeral-storage'].every((what) => resources?.requests?.[what] && resources.limits?.[what])),
  onContainers('M10', 'that runs long is probed', (container, { pod }) =>
    endsBeforehand(container, pod) || (container.startupProbe !== undefined
      && question(container.livenessProbe) !== undefined
      && question(container.readinessProbe) !== undefined
      && question(container.livenessProbe) !== question(container.readinessProbe))),
  onContainers('M11', 'is probed on ports of its own, by number', ({ ports, livenessProbe, readinessProbe, startupProbe }) =>
    [livenessProbe, readinessProbe, startupProbe].every((probe) => probe?.httpGet === undefined
      || ports?.some(({ containerPort }) => containerPort === probe.httpGet?.port))),
  onContainers('M12', 'holds no secret in its environment', ({ env }) =>
    (env ?? []).every(({ name, value }) => value === undefined || !/PASSWORD|SECRET|TOKEN|API_?KEY/i.test(name))),
  onContainers('M13', 'takes no port of the node', ({ ports }) => (ports ?? []).every(({ hostPort }) => hostPort === undefined)),
];

function onContainers(
  id: string, rule: string, holds: (container: Container, workload: Workload) => unknown,
): Check {
  return {
    id,
    rule: `every container ${rule}`,
    violations: (objects: KubeObject[]) => workloadsOf(objects).flatMap((workload) =>
      workload.containers
        .filter((container) => holds(container, workload) !== true && !holds(container, workload))
        .map((container) => `${workload.path} ${container.name}`)),
  };
}

/** What a probe asks. */
function question(probe: Probe | undefined): string | undefined {
  return probe?.httpGet?.path ?? probe?.exec?.command.join(' ');
}

/** Our own images are pinned by the exact version of the checkout. */
function isPinned(image: string, isCore: boolean): boolean {
  const digest = /@sha256:[0-9a-f]{64}$/.test(image);
  const ours = /^ghcr\.io\/cdk8s-mcp\/cdk8s-mcp:\d+\.\d+\.\d+/.test(image);
  const tagged = /:[A-Za-z0-9._-]+$/.test(image) && !image.endsWith(':latest');
  return digest || ours || (tagged && !isCore);
}
