import type { ProxyConfig } from '../../../../lib/contract/proxy-config';
import type { Principal } from '../../auth/principal';
import type { Clock } from '../../bridge/clock';
import { SessionOnLegacy } from '../../bridge/session-on-legacy';
import { SessionOnModern } from '../../bridge/session-on-modern';
import type { JsonRpcRequest } from '../../mcp/json-rpc';
import type { Logger } from '../../platform/logger';
import { DirectUpstream } from '../direct-upstream';
import type { OpenUpstream, SessionUpstream } from '../session-upstream';
import { toMilliseconds } from '../timing';
import { BridgedUpstream } from './bridged-upstream';
import { callInGroup } from './group-call';
import { clientFor, type GroupKeys, type ProxyIdentity } from './group-keys';
import { GroupProcesses } from './group-processes';
import type { ProcessGroup } from './process-group';
import type { ProcessPool } from './process-pool';
import type { ServerEras } from './server-eras';
import type { ServerProcesses } from './server-processes';
import type { SharedProcess } from './shared-process';

export interface OpenUpstreamOptions {
  readonly config: ProxyConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly processes: ServerProcesses;
  readonly pool: ProcessPool;
  readonly keys: GroupKeys;
  readonly identity: ProxyIdentity;
  /** What the server speaks. Throws a Refusal when it cannot serve. */
  readonly eras: () => Promise<ServerEras>;
}

/** Gives sessions their servers: a process of their own where that is possible, a bridge where it is not. */
export function createOpenUpstream(options: OpenUpstreamOptions): OpenUpstream {
  const { config, eras, processes } = options;
  return async (request, principal) => {
    // What a server speaks that cannot serve now, is not known: its failure will tell more than a guess.
    const { legacy, modern } = await eras().catch(() => ({ legacy: undefined, modern: undefined }));
    if (legacy === undefined && modern !== undefined) {
      return onModern(options, principal);
    }
    return config.isolation === 'session'
      ? new DirectUpstream(await processes.open(), config.roots) : onSharedProcesses(options, request, principal);
  };
}

async function onModern(options: OpenUpstreamOptions, principal: Principal | undefined): Promise<SessionUpstream> {
  const { config, clock, logger, pool, keys } = options;
  const group = pool.group(config.isolation === 'session' ? keys.session(undefined) : keys.modern(principal));
  const hold = group.watch(() => undefined);
  // What the server gives out in one round of a call, its process may be the only one to understand in the next.
  const processOf = new WeakMap<object, SharedProcess>();
  await firstProcess(options, group, hold);
  return new BridgedUpstream(logger, (client) => new SessionOnModern(client, {
    clock,
    roots: config.roots === 'allow',
    serverName: config.server,
    send: (request, text, listener) => callInGroup({
      group, request, text,
      preferred: processOf.get(request),
      onSent: (process) => void processOf.set(request, process),
    }, listener),
  }), () => {
    hold.end();
    return group.disposed();
  });
}

async function onSharedProcesses(
  options: OpenUpstreamOptions, { params = {} }: JsonRpcRequest, principal: Principal | undefined,
): Promise<SessionUpstream> {
  const { config, logger, pool, keys, identity } = options;
  const client = clientFor(params.capabilities, params.clientInfo, config.roots, identity);
  const group = pool.group(keys.legacy(principal, client));
  const shared = new GroupProcesses(group, toMilliseconds(config.limits.startSeconds));
  await firstProcess(options, group, shared);
  return new BridgedUpstream(logger, (sessionClient) => {
    shared.serve(sessionClient);
    return new SessionOnLegacy(sessionClient, shared, config.roots === 'allow');
  }, () => group.disposed());
}

/** Before a session begins its server must be there: a client that is turned away may come back. */
async function firstProcess(
  { config }: OpenUpstreamOptions, group: ProcessGroup, hold: { end(): void },
): Promise<void> {
  try {
    await group.some(AbortSignal.timeout(toMilliseconds(config.limits.startSeconds)));
  } catch (error) {
    hold.end();
    throw error;
  }
}
