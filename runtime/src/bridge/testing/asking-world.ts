import { strict as assert } from 'node:assert';
import { TASKS_CAPABILITY } from '../call-task';
import { ANSWER_MS, AskingBench, TASK_TTL_MS } from './asking-bench';
import { answerTo, AskingClient, type AskedInput } from './asking-client';
import type { AskedQuestion, ReceivedCall, SimulatedLegacyServer } from './legacy-server';
import { RecordedRound } from './recorded-round';

const PRINCIPALS = ['ada', 'bob', ''];
const METHODS = ['tools/call', 'tools/call', 'tools/call', 'prompts/get', 'resources/read', 'tools/list'];
const CAPABILITIES = [
  { elicitation: {}, sampling: {} }, { elicitation: { form: {}, url: {} }, ...TASKS_CAPABILITY }, { sampling: {} }, {},
  { elicitation: {}, sampling: {}, ...TASKS_CAPABILITY },
];
const TIMES = [1, 19, 20, 100, 5_000, 10_000, ANSWER_MS - 20, ANSWER_MS];

/**
 * Clients of several principals, and processes of a server of before 2026-07-28, of which each does something
 * whenever a test says so. What is wrong at once throws.
 */
export class AskingWorld {
  readonly bench = new AskingBench(false, { parkedCalls: 6, parkedCallsPerPrincipal: 3 });
  readonly clients: AskingClient[] = [];
  /** When the bridge has heard each question, by its tag. */
  private readonly heardAt = new Map<string, number>();
  private lastTag = 0;

  /** A client sends a new request. */
  call(pick: number, more: number): void {
    const tag = `call-${++this.lastTag}`;
    const method = METHODS[more % METHODS.length];
    const principal = PRINCIPALS[pick % PRINCIPALS.length] ?? '';
    const params = { name: 'tool', arguments: { tag }, _meta: { progressToken: `token-${tag}-1` } };
    const options = { principal, capabilities: CAPABILITIES[pick % CAPABILITIES.length] ?? {} };
    this.clients.push(new AskingClient(tag, this.bench.begin(this.bench.request(method, params), options, 'debug')));
  }

  /** A client comes back as it should, with some of the answers. */
  retry(pick: number, more: number): void {
    const parked = this.clients.filter(({ asked, used }) => asked !== undefined && !used.has(asked.state));
    const client = pickOf(parked, pick);
    const { state, inputRequests } = client?.asked ?? {};
    if (client === undefined || state === undefined || inputRequests === undefined) {
      return;
    }
    const mayCome = this.bench.clock.now() < this.expiryOf(inputRequests);
    const given = Object.entries(inputRequests).filter((_, index) => (more >> index) % 4 !== 0);
    const inputResponses = Object.fromEntries(given.map(([key, { method, params }]) =>
      [key, answerTo(method, params.tag, more)]));
    const needed = given.filter(([, { params }]) => !this.isOver(params.tag));
    const round = this.send(client, state, inputResponses, {}, client.first.principal);
    assert.equal(isRefused(round), !mayCome, 'the right retry is accepted, until its time is over');
    if (mayCome) {
      client.used.add(state);
      client.rounds.push(round);
      needed.forEach(([key, { params }]) => client.given.set(params.tag, inputResponses[key] ?? {}));
    }
  }

  /** A client sends a state that it must not send so: an old one, that of another call, or one that it has made. */
  misuse(pick: number, more: number): void {
    const client = pickOf(this.clients, pick);
    const other = pickOf(this.clients, more);
    const state = pickOf(client?.states ?? [], more);
    if (client === undefined || other === undefined || state === undefined) {
      return;
    }
    const isCurrent = state === client.asked?.state && !client.used.has(state);
    const misuses: (() => RecordedRound | undefined)[] = [
      () => isCurrent ? undefined : this.send(client, state, {}, {}, client.principal),
      () => other === client ? undefined : this.send(other, state, {}, {}, other.principal),
      () => this.send(client, state, {}, {}, `${client.principal}x`),
      () => this.send(client, state, {}, { arguments: { tag: 'other' } }, client.principal),
      () => this.send(client, `${state.slice(0, -1)}${state.endsWith('A') ? 'Q' : 'A'}`, {}, {}, client.principal),
      () => this.send(client, state.slice(0, more % state.length), {}, {}, client.principal),
    ];
    const round = pickOf(misuses, pick + more)?.();
    assert.ok(round === undefined || isRefused(round), 'no state is accepted twice, or for what it is not');
  }

  disconnect(pick: number): void {
    const client = pickOf(this.clients.filter(({ latest }) => latest.isOpen), pick);
    if (client !== undefined) {
      client.latest.isGone = true;
      client.started.call.disconnected(client.latest);
    }
  }

  /** A client, or another one, asks after a task. */
  useTask(pick: number, more: number): void {
    const client = pickOf(this.clients.filter(({ taskId }) => taskId !== undefined), pick);
    if (client === undefined) {
      return;
    }
    const method = ['tasks/get', 'tasks/update', 'tasks/cancel'][more % 3];
    const foreign = this.taskRequest(`${client.principal}x`, method, client, {});
    assert.equal(foreign, undefined, 'a task is of its principal alone');
    const described = this.taskRequest(client.principal, 'tasks/get', client, {});
    assertTagged(client, described);
    const { inputRequests = {} } = (described ?? {}) as { inputRequests?: AskedInput['inputRequests'] };
    const inputResponses = Object.fromEntries(Object.entries(inputRequests).map(([key, question]) =>
      [key, answerTo(question.method, question.params.tag, more)]));
    if (method === 'tasks/update') {
      Object.entries(inputRequests).filter(([, { params }]) => !this.isOver(params.tag)).forEach(([key, { params }]) =>
        client.given.set(params.tag, inputResponses[key] ?? {}));
    }
    this.taskRequest(client.principal, method, client, { inputResponses });
  }

  /** A process of the server does something of its own. */
  serve(pick: number, more: number): void {
    const server = pickOf(this.bench.servers.filter(({ isDead }) => !isDead), pick);
    if (server !== undefined) {
      const call = pickOf(server.open, more);
      const question = pickOf(server.questions.filter(({ answers }) => answers.length === 0), more);
      pickOf(actionsOf(server, call, question), more)?.();
    }
  }

  /** A process asks, and its client is told. */
  ask(pick: number, more: number): void {
    const server = pickOf(this.bench.servers, pick);
    if (server !== undefined) {
      this.deliverAll(server);
      const call = pickOf(server.open, more);
      pickOf(actionsOf(server, call, undefined).slice(0, 3), more)?.();
      this.deliverAll(server);
      this.bench.clock.advance(20);
    }
  }

  die(pick: number): void {
    pickOf(this.bench.servers, pick)?.die();
  }

  /** Some messages arrive. */
  deliver(pick: number, more: number): void {
    const server = pickOf(this.bench.servers, pick);
    server?.toServer.deliver(more % 4);
    server?.toBridge.deliver(Math.floor(more / 4) % 4);
    this.noteQuestions();
  }

  pass(more: number): void {
    this.bench.clock.advance(TIMES[more % TIMES.length] ?? 0);
  }

  /** What is under way arrives, servers answer, and clients that can come back do. */
  settle(): void {
    for (const server of this.bench.servers) {
      this.deliverAll(server);
      server.open.forEach((call) => server.answer(call, { content: [], tag: tagOf(call) }));
      this.deliverAll(server);
    }
    this.clients.forEach(() => this.retry(0, 1));
  }

  /** What nobody has come back to is over. */
  end(): void {
    this.bench.clock.advance(TASK_TTL_MS + ANSWER_MS);
    this.bench.servers.forEach((server) => this.deliverAll(server));
  }

  /** When the state that asks this expires. */
  private expiryOf(inputRequests: object): number {
    const tags = Object.values(inputRequests as AskedInput['inputRequests']);
    return ANSWER_MS + Math.min(...tags.map(({ params }) => this.heardAt.get(params.tag) ?? 0));
  }

  private deliverAll({ toServer, toBridge }: SimulatedLegacyServer): void {
    while (toServer.length + toBridge.length > 0) {
      toServer.deliver();
      toBridge.deliver();
      this.noteQuestions();
    }
  }

  /** Whether the bridge could know that nobody needs the answer. */
  isOver(tag: string): boolean {
    const server = this.bench.servers.find(({ questions }) => questions.some(({ params }) => params.tag === tag));
    const question = server?.questions.find(({ params }) => params.tag === tag);
    if (server === undefined || question === undefined || server.isDead) {
      return true;
    }
    const isAnswered = question.answers.length + server.toServer.count(`"id":"${question.id}"`) > 0;
    return isAnswered || server.toBridge.arrived.some((message) => 'method' in message
      ? message.method === 'notifications/cancelled' && message.params?.requestId === question.id
      : message.id === question.call?.request.id);
  }

  /** Servers write on wires that keep the order: a question whose wire is empty has been heard. */
  private noteQuestions(): void {
    for (const { questions, toBridge } of this.bench.servers) {
      questions.slice(0, questions.length - toBridge.count(' question ')).forEach(({ params: { tag } }) => {
        if (!this.heardAt.has(tag as string)) {
          this.heardAt.set(tag as string, this.bench.clock.now());
        }
      });
    }
  }

  private send(
    client: AskingClient, state: unknown, inputResponses: object, changes: object, principal: string,
  ): RecordedRound {
    const request = client.retryOf(this.bench.request(), state, inputResponses, changes);
    return this.bench.resume(request, { principal, capabilities: client.first.capabilities });
  }

  private taskRequest(
    principal: string, method: string | undefined, { taskId }: AskingClient, params: object,
  ): unknown {
    const request = this.bench.request(method, { taskId, ...params });
    const outcome = this.bench.calls.onTaskRequest(new RecordedRound(request, { principal }));
    return outcome === undefined ? undefined : (JSON.parse(outcome.text) as { result: unknown }).result;
  }
}

/** Fails when anything in there belongs to another call. */
export function assertTagged({ tag }: AskingClient, value: unknown): void {
  const tags = JSON.stringify(value ?? null).match(/call-\d+/g) ?? [];
  assert.deepEqual(tags.filter((each) => each !== tag), [], `nothing of another call comes to ${tag}`);
}

function actionsOf(
  server: SimulatedLegacyServer, call: ReceivedCall | undefined, question: AskedQuestion | undefined,
): (() => unknown)[] {
  const ask = (method: 'elicitation/create' | 'sampling/createMessage') => call === undefined ? undefined
    : server.ask(call, method, { tag: `${tagOf(call)} question ${server.questions.length}` },
      `${server.questions.length}`);
  return [
    () => ask('elicitation/create'),
    () => ask('sampling/createMessage'),
    () => ask('elicitation/create') && ask('elicitation/create'),
    () => call && server.answer(call, { content: [], tag: tagOf(call) }),
    () => call && server.refuse(call, { code: -1, message: tagOf(call) }),
    () => call && server.refuse(call, {
      code: -32042, message: '', data: { elicitations: [{ url: 'https://a.example/', message: tagOf(call) }] },
    }),
    () => call && server.progress(call, { progress: 1, message: tagOf(call) }),
    () => call && server.log(tagOf(call)),
    () => question && server.withdraw(question),
    // A call that was cancelled before the server knew is answered all the same.
    () => server.calls.filter(({ state }) => state === 'cancelled').forEach((each) =>
      server.answer(each, { content: [], tag: tagOf(each) })),
    () => server.write({ id: 'nobody', result: {} }),
    () => server.write({ method: 'notifications/progress', params: { progressToken: 1, progress: 1 } }),
  ];
}

function tagOf({ request }: ReceivedCall): string {
  return (request.params?.arguments as { tag: string }).tag;
}

function isRefused(round: RecordedRound): boolean {
  return round.outcome !== undefined && round.response.error?.code === -32602;
}

function pickOf<T>(list: readonly T[], pick: number): T | undefined {
  return list[pick % list.length];
}
