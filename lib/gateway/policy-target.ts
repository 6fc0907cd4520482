import type { PolicyAction } from '../contract/policy';

/**
 * What a policy is about: tools, prompts or resources of one server.
 * Made by the server, such as `files.tools('read_text_file')`.
 */
export class PolicyTarget {
  /** @internal */
  public static _of(server: string, action: PolicyAction, names?: string[]): PolicyTarget {
    return new PolicyTarget(server, action, names);
  }

  private constructor(
    /** Name of the server. */
    public readonly server: string,
    /** @internal */
    public readonly _action: PolicyAction,
    /**
     * Absent means all.
     * @internal
     */
    public readonly _names?: string[],
  ) {}
}
