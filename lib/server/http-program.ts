import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-28';
import { environment } from './environment';
import type { McpServerProps } from './mcp-server-props';
import type { StreamableHttpTransport } from './mcp-transport';
import type { ServerProgram } from './server-pod';
import { TMP_MOUNT, TMP_VOLUME, mountsOf, scratchVolumes } from './server-volumes';
import { httpProbes } from '../workload/probes';
import { SMALL_STORAGE } from '../workload/resources';

/** A server that opens its own port. */
export function httpProgram(transport: StreamableHttpTransport, { source }: McpServerProps): ServerProgram {
  const { command, args } = { command: undefined, ...source._spec };
  const ports = [{ name: 'mcp', containerPort: transport.port, protocol: 'TCP' }];
  const probes = { port: transport.port, healthPath: transport.healthPath, readyPath: transport.readyPath };
  return {
    ports,
    probes,
    mcpPort: transport.port,
    mcpPath: transport.path,
    resources: {
      cpu: { request: Cpu.millis(50), limit: Cpu.millis(500) },
      memory: { request: Size.mebibytes(64), limit: Size.mebibytes(256) },
      ephemeralStorage: SMALL_STORAGE,
    },
    memoryNeededMebibytes: 0,
    pod: ({ props, image, resources }) => ({
      containers: [{
        name: 'server',
        image, command, args, ports, resources,
        env: environment(props),
        ...httpProbes(probes),
        volumeMounts: [TMP_MOUNT, ...mountsOf(props)],
      }],
      volumes: [TMP_VOLUME, ...scratchVolumes(props)],
    }),
  };
}
