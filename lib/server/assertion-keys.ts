import type { k8s } from 'cdk8s-plus-28';
import { POD_VOLUME } from './mcp-volume';
import { ASSERTION_KEYS } from '../contract/assertions';

const DIRECTORY = '/etc/cdk8s-mcp/assertion-keys';

/** Where a proxy finds the public keys of the gateways that may call. */
export const ASSERTION_KEYS_FILE = `${DIRECTORY}/${ASSERTION_KEYS.PUBLIC_FILE}`;

/** The ConfigMap with them, which no manifest contains: it is made together with the private key. */
export const ASSERTION_KEYS_OBJECT = `ConfigMap/${ASSERTION_KEYS.CONFIG_MAP}`;

/** A directory, not a file: files that are mounted one by one are never updated, and keys change. */
export const ASSERTION_KEYS_MOUNT: k8s.VolumeMount = {
  name: POD_VOLUME.ASSERTION_KEYS, mountPath: DIRECTORY, readOnly: true,
};

export const ASSERTION_KEYS_VOLUME: k8s.Volume = {
  name: POD_VOLUME.ASSERTION_KEYS, configMap: { name: ASSERTION_KEYS.CONFIG_MAP },
};
