import { CEDAR } from '../contract/policy';
import { cedarString } from './cedar-string';

/**
 * Whom a policy is about. The words are Cedar's.
 */
export class Principal {
  /** Everybody whose token names this group. */
  public static group(name: string): Principal {
    return new Principal(`group-${name}`, name, `principal in ${CEDAR.GROUP}::${cedarString(name)}`);
  }

  /**
   * One user.
   *
   * @param subject the token's `sub`
   */
  public static user(subject: string): Principal {
    return new Principal(
      `user-${subject}`, subject, `principal is ${CEDAR.USER}`, `principal.subject == ${cedarString(subject)}`);
  }

  /** Everybody with a valid token. */
  public static authenticated(): Principal {
    return new Principal('authenticated', undefined, `principal is ${CEDAR.USER}`);
  }

  private constructor(
    /** @internal */
    public readonly _slug: string,
    /** @internal */
    public readonly _name: string | undefined,
    /** @internal */
    public readonly _scope: string,
    /** @internal */
    public readonly _condition?: string,
  ) {}
}
