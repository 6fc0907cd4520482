import { setTimeout as delay } from 'node:timers/promises';
import { serverAnswersModern } from '../../bridge/era';
import { LegacyConnection } from '../../bridge/legacy-connection';
import { META } from '../../bridge/request-meta';
import type { JsonRpcResponse } from '../../mcp/json-rpc';
import { MODERN_REVISION } from '../../mcp/versions';
import { VERSION } from '../../platform/version';
import { unavailable } from '../failure';
import { NoRoom } from '../refusal';
import type { ServerChannel } from '../server-channel';
import { orAborted, settlesWithin } from '../timing';

/**
 * Some servers of before do not answer a question that comes before `initialize`. When a server is silent for so
 * long, in ms, another process of it is asked to initialize at the same time: slow servers are silent, too.
 */
const SILENCE_MS = 2000;

/** When the other process has answered, how much longer the first may be silent, in ms. */
const GRACE_MS = 1000;

/** Lists of tools are read no further than this. */
const MOST_PAGES = 50;

const CLIENT_INFO = { name: 'cdk8s-mcp-readiness', version: VERSION };

const REQUEST_META = {
  [META.PROTOCOL_VERSION]: MODERN_REVISION, [META.CLIENT_INFO]: CLIENT_INFO, [META.CLIENT_CAPABILITIES]: {},
};

/** What a server speaks, as a probe has found out: one era at least. */
export interface ServerEras {
  /** InitializeResult of a server that speaks a revision of before 2026-07-28. */
  readonly legacy: Record<string, unknown> | undefined;
  /** DiscoverResult of a server that speaks 2026-07-28. */
  readonly modern: Record<string, unknown> | undefined;
  /** Tools of a server that speaks 2026-07-28: some of their parameters may be mirrored in headers. */
  readonly tools: readonly unknown[];
}

export interface ProbeOptions {
  readonly open: () => Promise<ServerChannel>;
  /** How long the server may take for `initialize`, in ms. */
  readonly startMs: number;
  /** Ends the probe. */
  readonly signal: AbortSignal;
}

/**
 * Finds out what the server speaks (2026-07-28, stdio, Backward Compatibility). A question that the server may not
 * survive is put to a process that may be lost.
 *
 * @throws Error saying why the server cannot serve.
 */
export async function probeEras(options: ProbeOptions): Promise<ServerEras> {
  const probe = await Probe.start(options);
  try {
    const discovering = probe.ask('server/discover', { _meta: REQUEST_META }, options.startMs).catch(() => undefined);
    const isSilent = !await settlesWithin(discovering, Math.min(SILENCE_MS, options.startMs));
    const other = isSilent ? initializeAnother(options, probe) : undefined;
    const discovered = await answerBefore(discovering, other);
    if (discovered !== undefined && serverAnswersModern(discovered)) {
      return await erasOfModern(probe, discovered, other ?? initializeAnother({
        ...options, startMs: Math.min(options.startMs, SILENCE_MS + GRACE_MS),
      }), options);
    }
    // A process that has refused the question goes on; one that was silent or has ended does not.
    const isLost = discovered === undefined;
    const legacy = await (other ?? (isLost ? initializeAnother(options) : probe.initialize(options.startMs)));
    return { legacy, modern: undefined, tools: [] };
  } finally {
    await probe.end();
  }
}

/** The answer to the question, unless another process answers `initialize` and this one is still silent. */
async function answerBefore(
  discovering: Promise<JsonRpcResponse | undefined>, other: Promise<unknown> | undefined,
): Promise<JsonRpcResponse | undefined> {
  if (other === undefined) {
    return discovering;
  }
  const initialized = other.then(() => delay(GRACE_MS), () => discovering).then(() => undefined);
  return Promise.race([discovering, initialized]);
}

async function erasOfModern(
  probe: Probe, discovered: JsonRpcResponse, initializing: Promise<Record<string, unknown>>, options: ProbeOptions,
): Promise<ServerEras> {
  const legacy = await initializing.catch(() => undefined);
  if (discovered.result === undefined && legacy === undefined) {
    throw new Error(`it speaks no protocol version that is known here: ${discovered.error?.message}`);
  }
  const { capabilities = {} } = discovered.result ?? {};
  const tools = (capabilities as { tools?: unknown }).tools === undefined ? [] : await probe.tools(options.startMs);
  return { modern: discovered.result, legacy, tools };
}

/** @param first gives way where there is room for one process only */
async function initializeAnother(options: ProbeOptions, first?: Probe): Promise<Record<string, unknown>> {
  const probe = await Probe.start(options).catch(async (error: unknown) => {
    if (!(error instanceof NoRoom) || first === undefined) {
      throw error;
    }
    await first.end();
    return Probe.start(options);
  });
  try {
    return await probe.initialize(options.startMs);
  } finally {
    await probe.end();
  }
}

/** A process that is asked what it speaks. */
class Probe {
  static async start({ open, signal }: ProbeOptions): Promise<Probe> {
    signal.throwIfAborted();
    return new Probe(await open(), signal);
  }

  private readonly connection: LegacyConnection;

  private constructor(private readonly channel: ServerChannel, private readonly signal: AbortSignal) {
    this.connection = new LegacyConnection({
      send: (text) => channel.send(text),
      onChange: () => undefined,
      onStray: () => undefined,
    });
    channel.listen({
      onMessage: (message, text) => this.connection.onMessage(message, text),
      onTooLong: () => undefined,
    });
    void channel.closed.then((how) => this.connection.fail(unavailable(`its process ended (${how})`)));
  }

  ask(method: string, params: object, timeoutMs: number): Promise<JsonRpcResponse> {
    return this.within(this.connection.request(method, params), method, timeoutMs);
  }

  initialize(timeoutMs: number): Promise<Record<string, unknown>> {
    return this.within(this.connection.initialize({ capabilities: {}, clientInfo: CLIENT_INFO }), 'initialize', timeoutMs);
  }

  /** All tools, as far as they are listed in time. */
  async tools(timeoutMs: number): Promise<unknown[]> {
    const tools: unknown[] = [];
    let cursor: unknown;
    const end = performance.now() + timeoutMs;
    for (let page = 0; page < MOST_PAGES && performance.now() < end; page++) {
      const params = { _meta: REQUEST_META, ...(cursor === undefined ? {} : { cursor }) };
      const answer = await this.ask('tools/list', params, timeoutMs).catch(() => undefined);
      tools.push(...Array.isArray(answer?.result?.tools) ? answer.result.tools as unknown[] : []);
      cursor = answer?.result?.nextCursor;
      if (cursor === undefined) {
        break;
      }
    }
    return tools;
  }

  async end(): Promise<void> {
    await this.channel.close();
  }

  private async within<T>(promise: Promise<T>, method: string, timeoutMs: number): Promise<T> {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      return await orAborted(promise, AbortSignal.any([this.signal, timeout]));
    } catch (error) {
      if (timeout.aborted) {
        throw new Error(`it did not answer ${method} within ${timeoutMs / 1000} s`);
      }
      throw this.signal.aborted ? new Error('the proxy is stopping') : error;
    }
  }
}
