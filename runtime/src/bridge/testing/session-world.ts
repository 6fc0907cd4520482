import { strict as assert } from 'node:assert';
import type { JsonRpcRequest } from '../../mcp/json-rpc';
import { META } from '../request-meta';
import { answerTo } from './asking-client';
import type { ReceivedRequest, SimulatedModernServer } from './modern-server';
import { ALL_LEGACY_CAPABILITIES, SessionBench } from './session-bench';
import { checkReceived, GivenAnswers, tagOf, type TaggedCall } from './session-calls';
import type { SimulatedSession } from './simulated-session';

const URI = 'u:1';

/**
 * Clients of before 2026-07-28 with sessions, and a process of a server of that revision that they share, of which
 * each does something whenever a test says so. What is wrong at once throws.
 */
export class SessionWorld {
  readonly bench = new SessionBench(false);
  readonly sessions: SimulatedSession[] = [];
  readonly ended = new Set<SimulatedSession>();
  readonly calls: TaggedCall[] = [];
  readonly given = new GivenAnswers();
  /** Changes that each session must hear of. */
  readonly owed: { session: SimulatedSession; tag: string }[] = [];
  /** Sessions whose subscription was interrupted by the server. */
  readonly interrupted = new Set<SimulatedSession>();
  private seen = 0;
  private lastTag = 0;

  static async start(): Promise<SessionWorld> {
    const world = new SessionWorld();
    for (let count = 0; count < 3; count++) {
      world.sessions.push(await world.bench.open(ALL_LEGACY_CAPABILITIES, undefined, `session-${count}`));
    }
    world.noteRequests();
    return world;
  }

  /** A client sends a request. Ids and progress tokens of the sessions are the same. */
  call(pick: number, more: number): void {
    const session = this.live(pick);
    if (session !== undefined) {
      const tag = `call-${++this.lastTag}`;
      const id = session.requests.length;
      this.calls.push({ tag, session, id, isCancelled: false, required: undefined, received: 0 });
      if (more % 3 === 0) {
        session.request('logging/setLevel', { level: 'debug' }, `level-${id}`);
      }
      session.request('tools/call', { name: 't', arguments: { tag }, _meta: { progressToken: id } }, id);
    }
  }

  /** A client answers something that it was asked, or was not. */
  respond(pick: number, more: number): void {
    const session = this.live(pick);
    const question = pickOf(session?.questions ?? [], more);
    if (session === undefined || question === undefined) {
      return;
    }
    const tag = question.params?.tag as string;
    const isWithdrawn = session.withdrawn.includes(question.id);
    const valid = answerTo(question.method, tag, more) as Record<string, unknown>;
    if (more % 5 === 0 && question.method === 'elicitation/create') {
      this.given.give(tag, { action: 'cancel' });
      session.respond(question.id, { error: { code: -1, message: 'no' } });
    } else if (!isWithdrawn || more % 2 === 0) {
      this.given.give(tag, valid);
      session.respond(question.id, { result: valid });
    } else {
      session.respond(`${String(question.id)}x`, { result: valid });
    }
  }

  cancel(pick: number): void {
    const call = pickOf(this.waiting(), pick);
    if (call !== undefined) {
      call.isCancelled = true;
      call.session.notify('notifications/cancelled', { requestId: call.id });
    }
  }

  subscribe(pick: number, more: number): void {
    this.live(pick)?.request(more % 3 === 0 ? 'resources/unsubscribe' : 'resources/subscribe', { uri: URI }, `sub-${++this.lastTag}`);
  }

  endSession(pick: number): void {
    const session = this.live(pick);
    if (session !== undefined) {
      session.session.end();
      this.ended.add(session);
    }
  }

  /** The server does something of its own. */
  serve(pick: number, more: number): void {
    const { server } = this.bench;
    const request = pickOf(server.open.filter((each) => this.callOf(each) !== undefined), pick);
    const actions = [...request === undefined ? [] : this.workOn(server, request), ...this.atAnyTime(server, more)];
    pickOf(actions, more)?.();
  }

  /** The server tells of a change everybody who has subscribed to it. */
  change(pick: number): void {
    const { server } = this.bench;
    const tag = `change-${++this.lastTag}`;
    const isList = pick % 2 === 0;
    const hearing = server.subscriptions.filter(({ isAcknowledged, request }) => isAcknowledged
      && (isList || wantedBy(request).resourceSubscriptions?.includes(URI)));
    hearing.forEach((subscription) => server.tell(
      subscription, isList ? 'notifications/tools/list_changed' : 'notifications/resources/updated', { tag, uri: URI }));
    const owed = new Set(hearing.map(({ request }) => this.sessionOf(request)));
    owed.forEach((session) => {
      if (isList && session !== undefined) {
        this.owed.push({ session, tag });
      }
    });
  }

  die(): void {
    this.sessions.forEach((session) => this.interrupted.add(session));
    this.bench.restart();
    this.seen = 0;
  }

  /** Some messages arrive. */
  deliver(pick: number, more: number): void {
    this.bench.server.toServer.deliver(pick % 4);
    this.noteRequests();
    this.bench.server.toBridge.deliver(more % 4);
  }

  pass(more: number): void {
    this.bench.clock.advance([1, 99, 100, 1000][more % 4] ?? 0);
  }

  /** All is answered, until nothing happens any more. */
  settle(): void {
    const { server, clock } = this.bench;
    do {
      clock.advance(1000);
      server.toServer.deliver();
      this.noteRequests();
      server.subscriptions.filter(({ isAcknowledged }) => !isAcknowledged).forEach((each) => server.acknowledge(each));
      server.open.forEach((each) => server.answer(each, { tag: tagOf(each.request) }));
      server.toBridge.deliver();
      this.answerAll();
    } while (server.toServer.length + server.toBridge.length + clock.pending > 0);
  }

  /** Calls whose clients wait for the answer. */
  waiting(): TaggedCall[] {
    return this.calls.filter(({ session, id, isCancelled }) =>
      !isCancelled && !this.ended.has(session) && session.answersTo(id).length === 0);
  }

  private answerAll(): void {
    for (const session of this.sessions.filter((each) => !this.ended.has(each))) {
      for (const { id, method, params } of session.questions) {
        const tag = params?.tag as string;
        if (!session.withdrawn.includes(id) && !this.given.has(tag)) {
          const answer = answerTo(method, tag, 1) as Record<string, unknown>;
          this.given.give(tag, answer);
          session.respond(id, { result: answer });
        }
      }
    }
  }

  private workOn(server: SimulatedModernServer, request: ReceivedRequest): (() => void)[] {
    const { tag } = this.callOf(request) ?? { tag: '' };
    const meta = request.request.params?._meta as Record<string, unknown>;
    return [
      () => server.answer(request, { tag }),
      () => server.refuse(request, -1, tag),
      () => server.answer(request, { resultType: 'task', taskId: tag }),
      () => this.require(server, request, 1, `state ${tag}`),
      () => this.require(server, request, 3, `"${tag}" \u2028 \ud800`),
      () => this.require(server, request, 2, undefined),
      () => this.require(server, request, 0, `only ${tag}`),
      () => server.progress(request, { progress: 1, message: tag }),
      () => meta[META.LOG_LEVEL] !== undefined && server.log(tag),
    ];
  }

  private atAnyTime(server: SimulatedModernServer, more: number): (() => void)[] {
    const subscription = pickOf(server.subscriptions, more);
    const cancelled = server.requests.filter(({ state, request }) => state === 'cancelled' && tagOf(request) !== '');
    return [
      () => server.subscriptions.forEach((each) => each.isAcknowledged || server.acknowledge(each)),
      () => subscription && this.interrupt(server, subscription),
      // A server may work on for a while when a call is cancelled, and answer it.
      () => cancelled.forEach(({ request }) => logLevelOf(request) !== undefined && server.log(tagOf(request))),
      () => cancelled.slice(more % 3).forEach((each) => server.answer(each, { tag: tagOf(each.request) })),
      () => server.write({ id: 999_999, result: {} }),
      () => server.write({ id: 1, method: 'elicitation/create', params: {} }),
    ];
  }

  private interrupt(server: SimulatedModernServer, subscription: ReceivedRequest): void {
    const session = this.sessionOf(subscription.request);
    if (session !== undefined) {
      this.interrupted.add(session);
    }
    server.answer(subscription);
  }

  private require(
    server: SimulatedModernServer, request: ReceivedRequest, count: number, state: string | undefined,
  ): void {
    const call = this.callOf(request);
    assert.ok(call !== undefined);
    const round = ++this.lastTag;
    const keys = Array.from({ length: count }, (_, index) => `key-${round}-${index}`);
    const inputRequests = Object.fromEntries(keys.map((key, index) => {
      const params = { tag: `${call.tag} ${key}`, ...(index === 1 && { mode: 'url' }) };
      return [key, { method: index === 2 ? 'sampling/createMessage' : 'elicitation/create', params }];
    }));
    call.required = { keys, state };
    server.answer(request, { resultType: 'input_required', inputRequests, requestState: state });
  }

  private noteRequests(): void {
    const { requests } = this.bench.server;
    requests.slice(this.seen).forEach((request) => {
      const call = this.callOf(request);
      if (call !== undefined) {
        checkReceived(call, request, this.given);
      }
    });
    this.seen = requests.length;
  }

  private live(pick: number): SimulatedSession | undefined {
    return pickOf(this.sessions.filter((session) => !this.ended.has(session)), pick);
  }

  private callOf({ request }: ReceivedRequest): TaggedCall | undefined {
    return this.calls.find(({ tag }) => tag === tagOf(request));
  }

  private sessionOf({ params }: JsonRpcRequest): SimulatedSession | undefined {
    const meta = params?._meta as Record<string, { name?: string } | undefined>;
    return this.sessions[Number(meta[META.CLIENT_INFO]?.name?.slice('session-'.length))];
  }
}

function wantedBy({ params }: JsonRpcRequest): { resourceSubscriptions?: string[] } {
  return (params?.notifications ?? {});
}

function logLevelOf({ params }: JsonRpcRequest): unknown {
  return (params?._meta as Record<string, unknown> | undefined)?.[META.LOG_LEVEL];
}

function pickOf<T>(list: readonly T[], pick: number): T | undefined {
  return list[pick % list.length];
}
