import type { Account } from 'oidc-provider';

/** Who has signed in, and the groups that they said they are in: the last sign-in counts. */
export class Accounts {
  private readonly groups = new Map<string, readonly string[]>();

  signIn(subject: string, groups: readonly string[]): void {
    this.groups.set(subject, groups);
  }

  groupsOf(subject: string): readonly string[] {
    return this.groups.get(subject) ?? [];
  }

  account(subject: string): Account {
    return { accountId: subject, claims: () => ({ sub: subject, groups: this.groupsOf(subject) }) };
  }
}
