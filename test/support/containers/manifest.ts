import { App, Testing } from 'cdk8s';
import {
  GatewayAuth, McpFleet, McpNamespace, McpServer, McpSource, McpTier, McpTransport, Peer, type StdioOptions,
} from '../../../lib';
import type { KubeObject } from '../examples';
import type { Container, PodSpec } from '../manifest-checks/pods';
import type { ServerImage } from './images';

/** Name of the server in every such manifest. */
export const SERVER = 'tested';

/** What a cluster would be told of a server: its pod, and the files of ConfigMaps by their names. */
export interface PodManifest {
  readonly pod: PodSpec;
  readonly configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Synthesizes a server in an image, as users do. */
export function synthesizePod(image: ServerImage, transport: StdioOptions = {}): PodManifest {
  const fleet = new McpFleet(new App(), 'fleet', {
    host: 'mcp.example.com',
    auth: GatewayAuth.oidc({ issuer: 'https://auth.example.com', egress: [Peer.cidr('203.0.113.10/32', 443)] }),
  });
  const team = new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY });
  new McpServer(team, SERVER, {
    source: McpSource.oci(image.name, { command: image.command }),
    transport: McpTransport.stdio(transport),
  });
  const objects = Testing.synth(team) as KubeObject[];
  const workload = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === SERVER)!;
  return {
    pod: (workload.spec as { template: { spec: PodSpec } }).template.spec,
    configMaps: Object.fromEntries(objects.filter(({ kind }) => kind === 'ConfigMap')
      .map(({ metadata, data }) => [metadata.name, data as Record<string, string>])),
  };
}

/** The same pod where the cluster chooses the user, as OpenShift does: one for the whole pod, of group 0. */
export function asAnyUser({ pod, configMaps }: PodManifest, user: number): PodManifest {
  const ofUser = (container: Container): Container => ({
    ...container,
    // What it names as the proxy's user is the pod's.
    command: container.command?.map((word, i, all) => all[i - 1] === '--allow-uid' ? String(user) : word),
    securityContext: { ...container.securityContext, runAsUser: user, runAsGroup: 0 },
  });
  return {
    configMaps,
    pod: {
      ...pod,
      securityContext: { ...pod.securityContext, runAsUser: user, runAsGroup: 0, fsGroup: user },
      initContainers: pod.initContainers!.map(ofUser),
      containers: pod.containers.map(ofUser),
    },
  };
}
