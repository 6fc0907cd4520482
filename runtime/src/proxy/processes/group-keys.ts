import { createHash, randomUUID } from 'node:crypto';
import type { ProxyConfig } from '../../../../lib/contract/proxy-config';
import { principalKey, type Principal } from '../../auth/principal';
import { toLegacyClientCapabilities } from '../../bridge/capabilities';
import type { LegacyClient } from '../../bridge/legacy-connection';
import { canonicalJson } from '../../mcp/canonical-json';
import type { GroupKey } from './process-group';

/** How the proxy introduces itself where it speaks for many clients. */
export interface ProxyIdentity {
  readonly name: string;
  readonly version: string;
}

/** Decides who shares a process of the server (contract.md: isolation). */
export class GroupKeys {
  constructor(
    private readonly config: Pick<ProxyConfig, 'isolation' | 'roots' | 'limits'>,
    private readonly identity: ProxyIdentity,
  ) {}

  /** For a server of 2026-07-28, which keeps nothing of its callers between calls. */
  modern(principal: Principal | undefined): GroupKey {
    return this.key('modern', principal, undefined);
  }

  /** For a server of before: its processes know one set of capabilities each. */
  legacy(principal: Principal | undefined, client: LegacyClient): GroupKey {
    return this.config.isolation === 'shared'
      ? this.key('legacy', principal, { capabilities: {}, clientInfo: this.identity })
      : this.key(`legacy ${digestOf(client.capabilities)}`, principal, client);
  }

  /** For one session alone. */
  session(client: LegacyClient | undefined): GroupKey {
    const id = randomUUID();
    return { id, owner: id, client, maximum: 1, isShared: false, mayAsk: mayAsk(client), disposable: true };
  }

  private key(kind: string, principal: Principal | undefined, client: LegacyClient | undefined): GroupKey {
    const { isolation, limits } = this.config;
    if (isolation === 'shared') {
      return {
        id: kind, owner: kind, client, maximum: limits.poolProcesses, isShared: true, mayAsk: false, disposable: false,
      };
    }
    if (principal === undefined) {
      // Nobody knows whether two calls are of the same caller.
      return this.session(client);
    }
    return {
      id: JSON.stringify([kind, principalKey(principal)]), owner: principalKey(principal), client,
      maximum: limits.processesPerPrincipal, isShared: false, mayAsk: mayAsk(client), disposable: false,
    };
  }
}

/** What a server learns of a client when it is told of no more than it may use. */
export function clientFor(
  capabilities: unknown, clientInfo: unknown, roots: ProxyConfig['roots'], identity: ProxyIdentity,
): LegacyClient {
  return {
    capabilities: toLegacyClientCapabilities(capabilities, { roots: roots === 'allow' }),
    clientInfo: (clientInfo ?? identity),
  };
}

function mayAsk(client: LegacyClient | undefined): boolean {
  return client !== undefined && Object.keys(client.capabilities).length > 0;
}

function digestOf(capabilities: object): string {
  return createHash('sha256').update(canonicalJson(capabilities)).digest('base64url');
}
