import { Cpu, type k8s } from 'cdk8s-plus-28';
import { ASSERTION_KEYS_FILE } from './assertion-keys';
import type { IMcpServer } from './mcp-server-interface';
import type { NpmSource, OciSource } from './mcp-source';
import type { StdioTransport } from './mcp-transport';
import { processMemory, processesOf } from './process-memory';
import type { ServerProgram } from './server-pod';
import { HEALTH_PATH, MCP_PATH, READY_PATH } from '../contract/paths';
import { ADMIN_PORT, MCP_PORT } from '../contract/ports';
import { proxyConfigSchema, type ProxyConfigInput } from '../contract/proxy-config';
import { CONFIG_DIRECTORY, configurationText } from '../workload/configuration';
import { httpProbes, type HttpProbeTarget, type Probes } from '../workload/probes';
import { SMALL_STORAGE, mebibytes } from '../workload/resources';
import { ENDPOINT_LAG_SECONDS } from '../workload/workload';

/** A server on stdin and stdout, whose properties have been checked. */
export interface StdioProgramOptions {
  readonly server: IMcpServer;
  readonly source: NpmSource | OciSource;
  readonly transport: StdioTransport;
  readonly callSeconds: number;
}

const PROXY_CONFIG_FILE = 'proxy.yaml';

const PORTS: k8s.ContainerPort[] = [
  { name: 'mcp', containerPort: MCP_PORT, protocol: 'TCP' },
  { name: 'admin', containerPort: ADMIN_PORT, protocol: 'TCP' },
];

const PROBES: HttpProbeTarget = { port: ADMIN_PORT, healthPath: HEALTH_PATH, readyPath: READY_PATH };

/** What a server looks like from outside when our proxy serves it. */
export const PROXY_ENDPOINT = { ports: PORTS, probes: PROBES, mcpPort: MCP_PORT, mcpPath: MCP_PATH } as const;

/** The container of our proxy, as far as it does not depend on what else is in it. */
export const PROXY_CONTAINER: { readonly name: string; args: string[]; ports: k8s.ContainerPort[] } & Probes = {
  name: 'proxy',
  args: ['proxy', '--config', `${CONFIG_DIRECTORY}/${PROXY_CONFIG_FILE}`],
  ports: PORTS,
  ...httpProbes(PROBES),
};

/**
 * What the container takes in which processes of the server run.
 *
 * @param base memory of what is there beside them, in MiB
 */
export function stdioResources(
  transport: StdioTransport, base: number,
): Pick<ServerProgram, 'resources' | 'memoryNeededMebibytes'> {
  const memory = processMemory(transport, base);
  return {
    resources: {
      // Starting a process of a server takes most of a CPU for a moment; throttled, it takes a minute.
      cpu: { request: Cpu.millis(100), limit: Cpu.units(1) },
      memory,
      ephemeralStorage: SMALL_STORAGE,
    },
    memoryNeededMebibytes: mebibytes(memory.limit),
  };
}

/** The configuration of our proxy, by name of file. */
export function proxyFiles(
  { server, transport, callSeconds }: StdioProgramOptions, connector: ProxyConfigInput['connector'],
): Record<string, () => string> {
  return {
    [PROXY_CONFIG_FILE]: () => configurationText(server, proxyConfigSchema, {
      server: server.serverName,
      listen: `0.0.0.0:${MCP_PORT}`,
      admin: `0.0.0.0:${ADMIN_PORT}`,
      isolation: 'session',
      assertionKeys: ASSERTION_KEYS_FILE,
      connector,
      limits: {
        sessions: transport.maxSessions,
        // Nobody can take them all.
        sessionsPerPrincipal: Math.ceil(transport.maxSessions / 2),
        // The memory limit is made for so many, whoever they are for.
        processes: processesOf(transport),
        spareProcesses: transport.startedAhead,
        callSeconds,
        lagSeconds: ENDPOINT_LAG_SECONDS,
        drainSeconds: callSeconds,
      },
    }),
  };
}
