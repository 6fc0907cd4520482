import type { PolicyAction } from '../contract/policy';
import type { IMcpServer } from '../server/mcp-server-interface';

/**
 * What a policy is about: tools, prompts or resources of one server.
 * Made by the server, such as `files.tools('read_text_file')`.
 */
export class PolicyTarget {
  /** @internal */
  public static _of(server: IMcpServer, action: PolicyAction, names?: string[]): PolicyTarget {
    return new PolicyTarget(server, action, names);
  }

  private constructor(
    /** The server. */
    public readonly server: IMcpServer,
    /** @internal */
    public readonly _action: PolicyAction,
    /**
     * Absent means all.
     * @internal
     */
    public readonly _names?: string[],
  ) {}
}
