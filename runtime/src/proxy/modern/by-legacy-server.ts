import type { ProxyConfig } from '../../../../lib/contract/proxy-config';
import type { AskingCall } from '../../bridge/asking-call';
import type { AskingCalls } from '../../bridge/asking-calls';
import { TASKS_EXTENSION } from '../../bridge/call-task';
import { ListenOnLegacy } from '../../bridge/listen-on-legacy';
import { addressedTo, errorOutcome, resultOutcome } from '../../bridge/outcome';
import { discoverResult, toLegacyRequest } from '../../bridge/to-modern';
import { ERROR_CODE } from '../../mcp/json-rpc';
import { callInGroup } from '../processes/group-call';
import { clientFor, type GroupKeys, type ProxyIdentity } from '../processes/group-keys';
import type { ProcessGroup } from '../processes/process-group';
import type { ProcessPool } from '../processes/process-pool';
import type { ModernRequest, ModernServing } from './modern-requests';

const TASK_METHODS = new Set(['tasks/get', 'tasks/update', 'tasks/cancel']);

export interface ByLegacyServerOptions {
  readonly config: Pick<ProxyConfig, 'isolation' | 'roots' | 'cacheHints'>;
  readonly pool: ProcessPool;
  readonly keys: GroupKeys;
  readonly calls: AskingCalls;
  readonly identity: ProxyIdentity;
}

/** Serves requests of 2026-07-28 by a server of before: the bridge from the one to the other. */
export class ByLegacyServer implements ModernServing {
  private readonly listens = new Set<ListenOnLegacy>();

  constructor(private readonly options: ByLegacyServerOptions) {}

  async serve(incoming: ModernRequest): Promise<void> {
    const { method, params } = incoming.request;
    if (params?.requestState !== undefined) {
      this.resume(incoming);
    } else if (method === 'server/discover') {
      this.discover(incoming);
    } else if (method === 'subscriptions/listen') {
      await this.listen(incoming);
    } else if (method.startsWith('tasks/')) {
      this.onTaskRequest(incoming);
    } else {
      this.call(incoming);
    }
  }

  /** Ends what lasts: the proxy stops. */
  stop(): void {
    this.options.calls.drain();
    this.listens.forEach((listen) => listen.end());
    this.listens.clear();
  }

  private call(incoming: ModernRequest): void {
    const { request, text, meta, round } = incoming;
    const call = this.options.calls.begin(round, this.hints(incoming));
    this.wait(incoming, call);
    call.start((listener) => callInGroup({
      group: this.groupFor(incoming), request, text: toLegacyRequest(text, request), logLevel: meta.logLevel,
    }, listener));
  }

  private resume(incoming: ModernRequest): void {
    const call = this.options.calls.resume(incoming.round);
    if (call !== undefined) {
      this.wait(incoming, call);
    }
  }

  private wait({ round, timeoutMs }: ModernRequest, call: AskingCall): void {
    round.waitFor({
      onDisconnect: () => call.disconnected(round),
      giveUp: (outcome, reason) => call.giveUp(outcome, reason),
    }, timeoutMs);
  }

  private discover({ request, round, eras }: ModernRequest): void {
    const { isolation, roots, cacheHints } = this.options.config;
    const result = discoverResult(eras.legacy!, {
      shared: isolation === 'shared',
      roots: roots === 'allow',
      ttlMs: cacheHints.ttlSeconds * 1000,
      cacheScope: cacheHints.scope,
    }) as { capabilities: object };
    const capabilities = { ...result.capabilities, extensions: { [TASKS_EXTENSION]: {} } };
    round.answer(addressedTo(request, resultOutcome({ ...result, capabilities })));
  }

  private async listen(incoming: ModernRequest): Promise<void> {
    const { round, eras } = incoming;
    const listen = new ListenOnLegacy(round, (eras.legacy?.capabilities ?? {}));
    const watch = this.groupFor(incoming).watch((notification, text) => listen.onChange(notification, text));
    const end = () => {
      this.listens.delete(listen);
      watch.end();
    };
    this.listens.add(listen);
    round.waitFor({ onDisconnect: end, giveUp: end }, undefined);
    try {
      await watch.update(listen.filter);
      listen.acknowledge();
    } catch (error) {
      end();
      round.answer(addressedTo(round.request, errorOutcome(ERROR_CODE.INTERNAL_ERROR, (error as Error).message)));
    }
  }

  private onTaskRequest({ request, round }: ModernRequest): void {
    const unknown = TASK_METHODS.has(request.method)
      ? errorOutcome(ERROR_CODE.INVALID_PARAMS, 'There is no such task, or no longer')
      : errorOutcome(ERROR_CODE.METHOD_NOT_FOUND, 'Method not found', 404);
    round.answer(addressedTo(request, this.options.calls.onTaskRequest(round) ?? unknown));
  }

  private groupFor({ meta, principal }: ModernRequest): ProcessGroup {
    const { config, keys, pool, identity } = this.options;
    const client = clientFor(meta.clientCapabilities, meta.clientInfo, config.roots, identity);
    return pool.group(keys.legacy(principal, client));
  }

  private hints({ eras }: ModernRequest) {
    const { ttlSeconds, scope } = this.options.config.cacheHints;
    return {
      serverInfo: eras.legacy?.serverInfo as object | undefined, ttlMs: ttlSeconds * 1000, cacheScope: scope,
    };
  }
}
