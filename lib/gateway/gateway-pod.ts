import { Size } from 'cdk8s';
import { Cpu, type k8s } from 'cdk8s-plus-28';
import { ASSERTION_KEYS } from '../contract/assertions';
import { SESSION_KEYS } from '../contract/session-keys';
import { CONFIG_DIRECTORY } from '../workload/configuration';
import { SMALL_STORAGE, type CompleteResources } from '../workload/resources';

export const POLICY_DIRECTORY = '/etc/cdk8s-mcp/policy';
const SESSION_KEYS_DIRECTORY = '/etc/cdk8s-mcp/session-keys';
const ASSERTION_KEY_DIRECTORY = '/etc/cdk8s-mcp/assertion-key';
const TLS_DIRECTORY = '/etc/cdk8s-mcp/tls';

export const GATEWAY_REPLICAS = 3;

export const GATEWAY_RESOURCES: CompleteResources = {
  cpu: { request: Cpu.millis(500), limit: Cpu.units(2) },
  memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) },
  ephemeralStorage: SMALL_STORAGE,
};

/** How what a gateway reads reaches its container, and where its configuration finds it. */
export interface GatewayFiles {
  readonly volumes: k8s.Volume[];
  readonly volumeMounts: k8s.VolumeMount[];
  readonly paths: {
    policy: { directory: string };
    sessionKeysFile: string;
    assertionKeyFile: string;
    tls?: { certificateFile: string; keyFile: string };
  };
  /** What the manifests name but do not contain. */
  readonly externalObjects: string[];
}

/**
 * Each ConfigMap and Secret is a directory of its own: files that are mounted one by one are never updated.
 *
 * @param gateway its name, with which those of the objects begin
 * @param tls name of the Secret with its certificate
 */
export function gatewayVolumes(gateway: string, tls?: string): GatewayFiles {
  const sessionKeys = gateway + SESSION_KEYS.SECRET_SUFFIX;
  const assertionKey = gateway + ASSERTION_KEYS.SECRET_SUFFIX;
  return {
    volumes: [
      { name: 'config', configMap: { name: `${gateway}-config` } },
      { name: 'policy', configMap: { name: `${gateway}-policy` } },
      { name: 'session-keys', secret: { secretName: sessionKeys } },
      { name: 'assertion-key', secret: { secretName: assertionKey } },
      ...(tls === undefined ? [] : [{ name: 'tls', secret: { secretName: tls } }]),
    ],
    volumeMounts: [
      { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true },
      { name: 'policy', mountPath: POLICY_DIRECTORY, readOnly: true },
      { name: 'session-keys', mountPath: SESSION_KEYS_DIRECTORY, readOnly: true },
      { name: 'assertion-key', mountPath: ASSERTION_KEY_DIRECTORY, readOnly: true },
      ...(tls === undefined ? [] : [{ name: 'tls', mountPath: TLS_DIRECTORY, readOnly: true }]),
    ],
    paths: {
      policy: { directory: POLICY_DIRECTORY },
      sessionKeysFile: `${SESSION_KEYS_DIRECTORY}/${SESSION_KEYS.FILE}`,
      assertionKeyFile: `${ASSERTION_KEY_DIRECTORY}/${ASSERTION_KEYS.PRIVATE_FILE}`,
      ...(tls === undefined ? {} : {
        tls: { certificateFile: `${TLS_DIRECTORY}/tls.crt`, keyFile: `${TLS_DIRECTORY}/tls.key` },
      }),
    },
    externalObjects: [sessionKeys, assertionKey, ...(tls === undefined ? [] : [tls])].map((name) => `Secret/${name}`),
  };
}
