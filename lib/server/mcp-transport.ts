import { Size } from 'cdk8s';
import type { McpConnector } from './mcp-connector';
import { HEALTH_PATH, MCP_PATH, READY_PATH } from '../contract/paths';
import { MCP_PORT } from '../contract/ports';

/** Options of a server that talks over stdin and stdout. */
export interface StdioOptions {
  /**
   * Sessions that one pod holds at once. Each is a process of the server.
   *
   * @default 8 - which fits into less than 1 GiB with servers on Node
   */
  readonly maxSessions?: number;

  /**
   * Memory of one process of the server. With `maxSessions` and `startedAhead` it gives the container's memory limit.
   *
   * @default 96 MiB - a small server on Node takes 60 to 90
   */
  readonly memoryPerSession?: Size;

  /**
   * Processes that are started before a session asks for one, so that it need not wait. Each costs `memoryPerSession`.
   *
   * @default 1 - a process takes a second to start, and sessions seldom begin at the same moment
   */
  readonly startedAhead?: number;

  /**
   * How our proxy reaches the server.
   *
   * @default - McpConnector.child() for packages, whose images have our proxy; McpConnector.inPod() for other images
   */
  readonly connector?: McpConnector;
}

/** Options of a server that talks Streamable HTTP itself. */
export interface StreamableHttpOptions {
  /**
   * Port that the server listens on.
   *
   * @default 8080
   */
  readonly port?: number;

  /**
   * Path of the MCP endpoint.
   *
   * @default '/mcp'
   */
  readonly path?: string;

  /**
   * Path that answers 200 while the program is alive, whatever is behind it.
   *
   * @default '/health'
   */
  readonly healthPath?: string;

  /**
   * Path that answers 200 while the server can serve.
   *
   * @default '/health/ready'
   */
  readonly readyPath?: string;
}

/** @internal */
export interface StdioTransport {
  readonly type: 'stdio';
  readonly maxSessions: number;
  readonly memoryPerSession: Size;
  readonly startedAhead: number;
  readonly connector?: McpConnector;
}

/** @internal */
export interface StreamableHttpTransport {
  readonly type: 'streamableHttp';
  readonly port: number;
  readonly path: string;
  readonly healthPath: string;
  readonly readyPath: string;
}

/**
 * How a server talks. The names are those of `transport.type` in MCP's server.json.
 */
export class McpTransport {
  /** Over stdin and stdout: each session has a process of the server, and our proxy serves it as Streamable HTTP. */
  public static stdio(options: StdioOptions = {}): McpTransport {
    return new McpTransport({
      type: 'stdio',
      maxSessions: options.maxSessions ?? 8,
      memoryPerSession: options.memoryPerSession ?? Size.mebibytes(96),
      startedAhead: options.startedAhead ?? 1,
      connector: options.connector,
    });
  }

  /** Streamable HTTP: the server opens a port itself. */
  public static streamableHttp(options: StreamableHttpOptions = {}): McpTransport {
    return new McpTransport({
      type: 'streamableHttp',
      port: options.port ?? MCP_PORT,
      path: options.path ?? MCP_PATH,
      healthPath: options.healthPath ?? HEALTH_PATH,
      readyPath: options.readyPath ?? READY_PATH,
    });
  }

  private constructor(
    /** @internal */
    public readonly _spec: StdioTransport | StreamableHttpTransport,
  ) {}
}
