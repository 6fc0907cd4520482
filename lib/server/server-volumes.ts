import { k8s } from 'cdk8s-plus-28';
import { ASSERTION_KEYS_MOUNT, ASSERTION_KEYS_VOLUME } from './assertion-keys';
import type { McpServerProps } from './mcp-server-props';
import { POD_VOLUME, type McpVolume } from './mcp-volume';
import { APP_LABEL, LABEL } from '../contract/labels';
import { CONFIG_DIRECTORY, type Configuration } from '../workload/configuration';
import { mebibytes } from '../workload/resources';

/** Labels that another version or tier of the server changes. */
const CHANGING_LABELS: string[] = [APP_LABEL.VERSION, LABEL.TIER];

export function volumeMounts({ volumes = [] }: McpServerProps, configuration?: Configuration): k8s.VolumeMount[] {
  return [
    { name: POD_VOLUME.TMP, mountPath: '/tmp' },
    ...(configuration === undefined
      ? [] : [{ name: POD_VOLUME.PROXY_CONFIG, mountPath: CONFIG_DIRECTORY, readOnly: true }, ASSERTION_KEYS_MOUNT]),
    ...volumes.map((volume) => ({ name: volume._name, mountPath: volume.path })),
  ];
}

/** The volumes of a pod that are not claimed. */
export function podVolumes(props: McpServerProps, configuration?: Configuration): k8s.Volume[] {
  const scratch = (volumeName: string, size: string) =>
    ({ name: volumeName, emptyDir: { sizeLimit: k8s.Quantity.fromString(size) } });
  return [
    scratch(POD_VOLUME.TMP, '64Mi'),
    ...(configuration === undefined
      ? [] : [
        { name: POD_VOLUME.PROXY_CONFIG, configMap: { name: configuration.configMap.name } }, ASSERTION_KEYS_VOLUME,
      ]),
    ...volumesOf(props, false).map((volume) => scratch(volume._name, volume.size.asString())),
  ];
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
