import type { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import type { McpServerProps } from './mcp-server-props';
import type { Configuration } from '../workload/configuration';
import type { PodContainers } from '../workload/pod-containers';
import type { HttpProbeTarget } from '../workload/probes';
import type { CompleteResources } from '../workload/resources';

/** How a server runs, by its source and transport. */
export interface ServerProgram {
  /** What its Service offers. */
  readonly ports: k8s.ContainerPort[];
  /** Where it answers whether it is alive, and whether it can serve. */
  readonly probes: HttpProbeTarget;
  readonly mcpPort: number;
  readonly mcpPath: string;
  /** Of the container that the server is in, unless the user says otherwise. */
  readonly resources: CompleteResources;
  /** Memory that this container takes at its fullest; what is more is the user's own. */
  readonly memoryNeededMebibytes: number;
  /** Configuration of our proxy, where it serves the server. */
  readonly proxyFiles?: Record<string, () => string>;
  readonly pod: (parts: ServerPodParts) => ServerPod;
}

/** What a pod is made of, all of it decided. */
export interface ServerPodParts {
  readonly server: Construct;
  readonly props: McpServerProps;
  readonly image: string;
  readonly companionImage: string;
  /** Of the container that the server is in. */
  readonly resources: CompleteResources;
  /** The proxy's; there if and only if the program has files for it. */
  readonly configuration?: Configuration;
}

export interface ServerPod extends PodContainers {
  /** Those that are not claimed. */
  readonly volumes: k8s.Volume[];
}
