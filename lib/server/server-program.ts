import { Size } from 'cdk8s';
import { Cpu, type k8s } from 'cdk8s-plus-28';
import { ASSERTION_KEYS_FILE } from './assertion-keys';
import type { IMcpServer } from './mcp-server-interface';
import type { McpServerProps } from './mcp-server-props';
import type { NpmSource } from './mcp-source';
import { McpTransport, type StdioTransport, type StreamableHttpTransport } from './mcp-transport';
import { HEALTH_PATH, MCP_PATH, READY_PATH } from '../contract/paths';
import { ADMIN_PORT, MCP_PORT } from '../contract/ports';
import { proxyConfigSchema } from '../contract/proxy-config';
import { CONFIG_DIRECTORY, configurationText } from '../workload/configuration';
import type { HttpProbeTarget } from '../workload/probes';
import { SMALL_STORAGE, mebibytes, type CompleteResources } from '../workload/resources';

const PROXY_CONFIG_FILE = 'proxy.yaml';

/** Our proxy without a session, with what Node takes at start. */
const PROXY_MEMORY_MEBIBYTES = 128;

/** How the container of a server runs, by its source and transport. */
export interface ServerProgram {
  readonly containerName: 'proxy' | 'server';
  readonly args?: string[];
  readonly ports: k8s.ContainerPort[];
  readonly probes: HttpProbeTarget;
  readonly mcpPort: number;
  readonly mcpPath: string;
  readonly resources: CompleteResources;
  /** Memory that it takes at its fullest; what is more is the user's own. */
  readonly memoryNeededMebibytes: number;
  /** For our proxy only. */
  readonly proxy?: { readonly files: Record<string, () => string> };
}

/** The longest call of a server, in seconds. */
export function callSecondsOf(props: McpServerProps): number {
  return props.callTimeout?.toSeconds() ?? 300;
}

/** How a server with these properties, which have been checked, runs. */
export function programOf(server: IMcpServer, { source, transport, ...props }: McpServerProps): ServerProgram {
  const how = (transport ?? McpTransport.stdio())._spec;
  if (how.type === 'streamableHttp') {
    return httpProgram(how, source._spec.args);
  }
  return proxiedProgram(server, source._spec as NpmSource, how, callSecondsOf({ source, ...props }));
}

/** A server on stdin and stdout, started by our proxy in the same container. */
function proxiedProgram(
  server: IMcpServer, source: NpmSource, transport: StdioTransport, callSeconds: number,
): ServerProgram {
  const memory = (sessions: number) =>
    Size.mebibytes(PROXY_MEMORY_MEBIBYTES + sessions * mebibytes(transport.memoryPerSession));
  return {
    containerName: 'proxy',
    args: ['proxy', '--config', `${CONFIG_DIRECTORY}/${PROXY_CONFIG_FILE}`],
    ports: [
      { name: 'mcp', containerPort: MCP_PORT, protocol: 'TCP' },
      { name: 'admin', containerPort: ADMIN_PORT, protocol: 'TCP' },
    ],
    probes: { port: ADMIN_PORT, healthPath: HEALTH_PATH, readyPath: READY_PATH },
    mcpPort: MCP_PORT,
    mcpPath: MCP_PATH,
    resources: {
      // Starting a process of a server takes most of a CPU for a moment; throttled, it takes a minute.
      cpu: { request: Cpu.millis(100), limit: Cpu.units(1) },
      memory: { request: memory(1), limit: memory(transport.maxSessions) },
      ephemeralStorage: SMALL_STORAGE,
    },
    memoryNeededMebibytes: mebibytes(memory(transport.maxSessions)),
    proxy: {
      files: {
        [PROXY_CONFIG_FILE]: () => configurationText(server, proxyConfigSchema, {
          server: server.serverName,
          listen: `0.0.0.0:${MCP_PORT}`,
          admin: `0.0.0.0:${ADMIN_PORT}`,
          isolation: 'session',
          assertionKeys: ASSERTION_KEYS_FILE,
          connector: {
            type: 'child',
            npm: { package: source.package, version: source.version, args: source.args },
          },
          limits: {
            sessions: transport.maxSessions,
            // Nobody can take them all.
            sessionsPerPrincipal: Math.ceil(transport.maxSessions / 2),
            // The memory limit is made for so many, whoever they are for.
            processes: transport.maxSessions,
            callSeconds,
            drainSeconds: callSeconds,
          },
        }),
      },
    },
  };
}

/** A server that opens its own port. */
function httpProgram(transport: StreamableHttpTransport, args?: string[]): ServerProgram {
  return {
    containerName: 'server',
    args,
    ports: [{ name: 'mcp', containerPort: transport.port, protocol: 'TCP' }],
    probes: { port: transport.port, healthPath: transport.healthPath, readyPath: transport.readyPath },
    mcpPort: transport.port,
    mcpPath: transport.path,
    resources: {
      cpu: { request: Cpu.millis(50), limit: Cpu.millis(500) },
      memory: { request: Size.mebibytes(64), limit: Size.mebibytes(256) },
      ephemeralStorage: SMALL_STORAGE,
    },
    memoryNeededMebibytes: 0,
  };
}
