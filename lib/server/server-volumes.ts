import { k8s } from 'cdk8s-plus-28';
import { ASSERTION_KEYS_MOUNT, ASSERTION_KEYS_VOLUME } from './assertion-keys';
import type { McpServerProps } from './mcp-server-props';
import { POD_VOLUME, type McpVolume } from './mcp-volume';
import { APP_LABEL, LABEL } from '../contract/labels';
import { SHIM_DIRECTORY, SOCKET_DIRECTORY } from '../contract/shim';
import { CONFIG_DIRECTORY, type Configuration } from '../workload/configuration';
import { mebibytes } from '../workload/resources';

/** Labels that another version or tier of the server changes. */
const CHANGING_LABELS: string[] = [APP_LABEL.VERSION, LABEL.TIER];

/** Where a server's program may write, whatever else it has. */
export const TMP_MOUNT: k8s.VolumeMount = { name: POD_VOLUME.TMP, mountPath: '/tmp' };
export const TMP_VOLUME = emptyDir(POD_VOLUME.TMP, '64Mi');

/** The proxy's own, where it has a container of its own. */
export const PROXY_TMP_MOUNT: k8s.VolumeMount = { name: POD_VOLUME.PROXY_TMP, mountPath: '/tmp' };

/** What our proxy reads. */
export const PROXY_MOUNTS: k8s.VolumeMount[] = [
  { name: POD_VOLUME.PROXY_CONFIG, mountPath: CONFIG_DIRECTORY, readOnly: true }, ASSERTION_KEYS_MOUNT,
];

export const SHIM_MOUNT: k8s.VolumeMount = { name: POD_VOLUME.SHIM, mountPath: SHIM_DIRECTORY };
export const SOCKET_MOUNT: k8s.VolumeMount = { name: POD_VOLUME.SOCKETS, mountPath: SOCKET_DIRECTORY };

/** What a pod has in which the server has a container of its own. */
export const IN_POD_VOLUMES: k8s.Volume[] = [
  emptyDir(POD_VOLUME.SHIM, '16Mi'), emptyDir(POD_VOLUME.SOCKETS, '1Mi'), emptyDir(POD_VOLUME.PROXY_TMP, '64Mi'),
];

export function proxyVolumes({ configMap }: Configuration): k8s.Volume[] {
  return [{ name: POD_VOLUME.PROXY_CONFIG, configMap: { name: configMap.name } }, ASSERTION_KEYS_VOLUME];
}

/** Where a server can write by the user's word. */
export function mountsOf({ volumes = [] }: McpServerProps): k8s.VolumeMount[] {
  return volumes.map((volume) => ({ name: volume._name, mountPath: volume.path }));
}

/** The user's volumes that are not claimed. */
export function scratchVolumes(props: McpServerProps): k8s.Volume[] {
  return volumesOf(props, false).map((volume) => emptyDir(volume._name, volume.size.asString()));
}

/**
 * Claims of a StatefulSet; undefined where the server needs none. Kubernetes refuses every change of them, so they
 * carry only labels that stay.
 */
export function volumeClaims(
  props: McpServerProps, labels: Record<string, string>,
): k8s.KubePersistentVolumeClaimProps[] | undefined {
  const lasting = Object.fromEntries(Object.entries(labels).filter(([label]) => !CHANGING_LABELS.includes(label)));
  const claims = volumesOf(props, true).map((volume) => volume._claim(lasting));
  return claims.length > 0 ? claims : undefined;
}

export function persistentMebibytes(props: McpServerProps): number {
  return sizeOf(volumesOf(props, true));
}

export function scratchMebibytes(props: McpServerProps): number {
  return sizeOf(volumesOf(props, false));
}

function volumesOf({ volumes = [] }: McpServerProps, persistent: boolean): McpVolume[] {
  return volumes.filter(({ isPersistent }) => isPersistent === persistent);
}

function sizeOf(volumes: McpVolume[]): number {
  return volumes.reduce((sum, { size }) => sum + mebibytes(size), 0);
}

function emptyDir(name: string, size: string): k8s.Volume {
  return { name, emptyDir: { sizeLimit: k8s.Quantity.fromString(size) } };
}
