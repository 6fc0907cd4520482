import type { IConstruct } from 'constructs';
import type { McpServerProps } from './mcp-server-props';
import type { McpVolume } from './mcp-volume';
import type { McpTier } from '../namespace/mcp-tier';
import { fail, requireInteger } from '../workload/fail';

/** Decides how many pods a server has; ends the synthesis when that cannot work. */
export function replicasOf(server: IConstruct, tier: McpTier, props: McpServerProps): number {
  const volume = persistentVolume(props);
  const replicas = props.replicas ?? (volume !== undefined || props.singletonReason !== undefined ? 1 : tier.replicas);
  requireInteger(server, 'replicas', replicas, 1);
  if (volume !== undefined && replicas > 1) {
    fail(server, `has ${replicas} replicas and keeps state in a persistent volume at ${volume.path}: each replica would have `
      + 'a volume, and so a state, of its own. Leave replicas out, or keep the state elsewhere');
  }
  if (replicas < 2 && tier.replicas > 1 && singletonReason(props) === undefined) {
    fail(server, `has a single replica in the tier '${tier.name}', where every restart would be an outage: `
      + `leave replicas out (the tier's default is ${tier.replicas}), or say why with singletonReason`);
  }
  return replicas;
}

/** Ends the synthesis when an autoscaler cannot decide the number of pods. */
export function checkScaling(server: IConstruct, tier: McpTier, props: McpServerProps, minReplicas: number): void {
  const volume = persistentVolume(props);
  if (volume !== undefined) {
    fail(server, `cannot be scaled: it keeps state in a persistent volume at ${volume.path}, which belongs to one pod`);
  }
  if (props.singletonReason !== undefined) {
    fail(server, `cannot be scaled: its singletonReason says why it is a single replica (${props.singletonReason})`);
  }
  if (props.replicas !== undefined) {
    fail(server, 'has both replicas and an autoscaler, which would overrule each other: leave replicas out');
  }
  if (minReplicas < 2 && tier.replicas > 1) {
    fail(server, `would be scaled down to a single replica in the tier '${tier.name}', where every restart would be an outage: `
      + 'raise minReplicas to 2 at least');
  }
}

/** Why a server runs as a single replica, by the user's word or because of its volume. */
export function singletonReason(props: McpServerProps): string | undefined {
  const volume = persistentVolume(props);
  return props.singletonReason ?? (volume && `keeps its state in the persistent volume at ${volume.path}`);
}

/** The volume that ties a server to a single pod, if it has one. */
function persistentVolume(props: McpServerProps): McpVolume | undefined {
  return props.volumes?.find(({ isPersistent }) => isPersistent);
}
