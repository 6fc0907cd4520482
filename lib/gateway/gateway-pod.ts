import { Size } from 'cdk8s';
import { Cpu, type k8s } from 'cdk8s-plus-28';
import { SESSION_KEYS } from '../contract/session-keys';
import { CONFIG_DIRECTORY } from '../workload/configuration';
import { SMALL_STORAGE, type CompleteResources } from '../workload/resources';

export const POLICY_DIRECTORY = '/etc/cdk8s-mcp/policy';
const SESSION_KEYS_DIRECTORY = '/etc/cdk8s-mcp/session-keys';
const TLS_DIRECTORY = '/etc/cdk8s-mcp/tls';

export const GATEWAY_REPLICAS = 3;

export const GATEWAY_RESOURCES: CompleteResources = {
  cpu: { request: Cpu.millis(500), limit: Cpu.units(2) },
  memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) },
  ephemeralStorage: SMALL_STORAGE,
};

/** Names of the ConfigMaps and Secrets that a gateway reads. */
export interface GatewayFileSources {
  readonly config: string;
  readonly policy: string;
  readonly sessionKeys: string;
  readonly tls?: string;
}

/** How they reach the container, and where its configuration finds them. */
export interface GatewayFiles {
  readonly volumes: k8s.Volume[];
  readonly volumeMounts: k8s.VolumeMount[];
  readonly paths: {
    policy: { directory: string };
    sessionKeysFile: string;
    tls?: { certificateFile: string; keyFile: string };
  };
  /** What the manifests name but do not contain. */
  readonly externalObjects: string[];
}

/** Each source is a directory of its own: files that are mounted one by one are never updated. */
export function gatewayVolumes({ config, policy, sessionKeys, tls }: GatewayFileSources): GatewayFiles {
  return {
    volumes: [
      { name: 'config', configMap: { name: config } },
      { name: 'policy', configMap: { name: policy } },
      { name: 'session-keys', secret: { secretName: sessionKeys } },
      ...(tls === undefined ? [] : [{ name: 'tls', secret: { secretName: tls } }]),
    ],
    volumeMounts: [
      { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true },
      { name: 'policy', mountPath: POLICY_DIRECTORY, readOnly: true },
      { name: 'session-keys', mountPath: SESSION_KEYS_DIRECTORY, readOnly: true },
      ...(tls === undefined ? [] : [{ name: 'tls', mountPath: TLS_DIRECTORY, readOnly: true }]),
    ],
    paths: {
      policy: { directory: POLICY_DIRECTORY },
      sessionKeysFile: `${SESSION_KEYS_DIRECTORY}/${SESSION_KEYS.FILE}`,
      ...(tls === undefined ? {} : {
        tls: { certificateFile: `${TLS_DIRECTORY}/tls.crt`, keyFile: `${TLS_DIRECTORY}/tls.key` },
      }),
    },
    externalObjects: [`Secret/${sessionKeys}`, ...(tls === undefined ? [] : [`Secret/${tls}`])],
  };
}
