import type { ProxyConfig } from '../../../../lib/contract/proxy-config';
import { PassedCall, withoutRoots } from '../../bridge/passed-call';
import type { JsonRpcResponse } from '../../mcp/json-rpc';
import { callInGroup } from '../processes/group-call';
import type { GroupKeys } from '../processes/group-keys';
import type { ProcessGroup } from '../processes/process-group';
import type { Owner, ProcessPool } from '../processes/process-pool';
import type { SharedProcess } from '../processes/shared-process';
import type { ModernRequest, ModernServing } from './modern-requests';

export interface ByModernServerOptions {
  readonly pool: ProcessPool;
  readonly keys: GroupKeys;
  readonly roots: ProxyConfig['roots'];
  /** How long a caller may take for its answers, in ms. */
  readonly answerMs: number;
}

/** Serves requests of 2026-07-28 by a server of the same revision. */
export class ByModernServer implements ModernServing {
  private readonly listens = new Set<PassedCall>();

  constructor(private readonly options: ByModernServerOptions) {}

  /** Ends what lasts: the proxy stops. */
  stop(): void {
    this.listens.forEach((listen) => listen.endSubscription());
  }

  serve({ request, text, meta, principal, round, timeoutMs }: ModernRequest): void {
    const { pool, keys, roots } = this.options;
    const { requestState, taskId } = request.params ?? {};
    const known = pool.ownerOf(requestState) ?? pool.ownerOf(taskId);
    // A caller whom nobody knows has no other group than the one that it was given before.
    const group = principal === undefined && known !== undefined ? known.group : pool.group(keys.modern(principal));
    let process: SharedProcess | undefined;
    const call = new PassedCall(round, {
      roots: roots === 'allow',
      onOver: (response) => {
        this.listens.delete(call);
        this.learn(response, process && { process, group });
      },
    });
    if (request.method === 'subscriptions/listen') {
      this.listens.add(call);
    }
    round.waitFor({
      onDisconnect: () => call.cancel('The client has gone away'),
      giveUp: (outcome, reason) => call.giveUp(outcome, reason),
    }, request.method === 'subscriptions/listen' ? undefined : timeoutMs);
    call.start((listener) => callInGroup({
      group, request,
      text: roots === 'allow' ? text : withoutRoots(request, text),
      logLevel: meta.logLevel,
      preferred: known?.process,
      onSent: (sentTo) => {
        process = sentTo;
      },
    }, listener));
  }

  /** The process that has given out a state must be there when it comes back. */
  private keepForAWhile(group: ProcessGroup): void {
    const hold = group.watch(() => undefined);
    setTimeout(() => hold.end(), this.options.answerMs).unref();
  }

  private learn(response: JsonRpcResponse | undefined, owner: Owner | undefined): void {
    const { requestState, taskId } = response?.result ?? {};
    for (const text of [requestState, taskId]) {
      if (typeof text === 'string' && owner !== undefined) {
        this.options.pool.remember(text, owner);
        this.keepForAWhile(owner.group);
      }
    }
  }
}
