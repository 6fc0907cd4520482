/** Options of the connector that starts a server in a container of its own. */
export interface InPodConnectorOptions {
  /**
   * Processes and threads that one process of the server may start, itself included.
   *
   * @default 256 - Node and Python take 10 to 30; what starts more is soon out of hand
   */
  readonly tasksPerSession?: number;

  /**
   * Whether stdin and stdout are pipes. Without, they are a socket, and what the server says is copied by nobody.
   *
   * @default false - only a runtime that cannot read from a socket needs pipes
   */
  readonly pipes?: boolean;
}

/** @internal */
export type ConnectorSpec = ChildConnectorSpec | InPodConnectorSpec;

/** @internal */
export interface ChildConnectorSpec {
  readonly type: 'child';
}

/** @internal */
export interface InPodConnectorSpec {
  readonly type: 'in-pod';
  readonly tasksPerSession: number;
  readonly pipes: boolean;
}

/**
 * How our proxy reaches a server that talks over stdin and stdout.
 */
export class McpConnector {
  /**
   * The proxy starts the server, in its own container: for images that have both, such as those of npm packages.
   */
  public static child(): McpConnector {
    return new McpConnector({ type: 'child' });
  }

  /**
   * The server has a container and a user of its own, in which a small program of ours, the shim, starts it for each
   * connection of the proxy beside it. For any image: the shim is put there when the pod starts.
   */
  public static inPod(options: InPodConnectorOptions = {}): McpConnector {
    return new McpConnector({
      type: 'in-pod', tasksPerSession: options.tasksPerSession ?? 256, pipes: options.pipes ?? false,
    });
  }

  private constructor(
    /** @internal */
    public readonly _spec: ConnectorSpec,
  ) {}
}
