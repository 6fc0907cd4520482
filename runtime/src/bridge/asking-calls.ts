import { randomUUID } from 'node:crypto';
import { ERROR_CODE, type JsonRpcRequest } from '../mcp/json-rpc';
import { AskingCall, type AskingCallOptions } from './asking-call';
import { CallTask, TASKS_CAPABILITY } from './call-task';
import { declares } from './capabilities';
import type { Clock } from './clock';
import { isTooDeep } from './json-object';
import { addressedTo, errorOutcome, resultOutcome, type Outcome } from './outcome';
import { QuietWaiters } from './quiet-waiters';
import { paramsDigest, RequestStates, type RequestState } from './request-state';
import type { Round } from './round';

export interface AskingCallsOptions {
  readonly clock: Clock;
  /** Names the process that holds the calls, such as pod and start. */
  readonly owner: string;
  readonly roots: boolean;
  /** How long a server waits for an answer to what it asks, in ms. */
  readonly answerMs: number;
  /** A call longer than this becomes a task where the client knows tasks, in ms. */
  readonly taskAfterMs: number;
  /** How long a task can be asked after, in ms. */
  readonly taskTtlMs: number;
  /** Calls that may be parked at once. */
  readonly parkedCalls: number;
  readonly parkedCallsPerPrincipal: number;
}

/** The calls of clients of 2026-07-28 to servers of before, in whatever process of the server they are. */
export class AskingCalls {
  private readonly calls = new Map<string, AskingCall>();
  private readonly tasks = new Map<string, CallTask>();
  /** By the ids of calls that may become tasks. */
  private readonly taskTimers = new Map<string, () => void>();
  /** What stops the time of each task. */
  private readonly taskEnds = new Map<string, () => void>();
  private readonly quietWaiters = new QuietWaiters(() => this.pending === 0);
  private readonly states: RequestStates;
  private isDraining = false;

  constructor(private readonly options: AskingCallsOptions) {
    this.states = new RequestStates(options.owner);
  }

  /** Calls in flight and parked ones. */
  get size(): number {
    return this.calls.size;
  }

  /** From now on nothing is parked: nobody would be there for the retry. */
  drain(): void {
    this.isDraining = true;
  }

  /** Resolves when no call is in flight or parked. What becomes of tasks is not waited for. */
  quiet(): Promise<void> {
    return this.quietWaiters.wait();
  }

  /** Ends all calls, without an answer to anybody. */
  end(): void {
    this.drain();
    [...this.calls.values()].forEach((call) => call.cancel('The server is shutting down'));
    this.taskEnds.forEach((cancel) => cancel());
    this.taskEnds.clear();
    this.tasks.clear();
  }

  private get pending(): number {
    return [...this.calls.keys()].filter((id) => !this.tasks.has(id)).length;
  }

  private onEnd(call: AskingCall): void {
    this.stopTaskTimer(call);
    this.calls.delete(call.id);
    this.quietWaiters.check();
  }

  /** Begins a call. It is sent by `start`. */
  begin(round: Round, hints: AskingCallOptions['hints']): AskingCall {
    const { clock, answerMs, roots } = this.options;
    const call: AskingCall = new AskingCall(randomUUID(), round, {
      hints, clock, answerMs, roots,
      refusalToPark: () => this.refusalToPark(round),
      stateOf: (expiresAt) => this.stateOf(call, expiresAt),
      onOver: () => this.onEnd(call),
    });
    this.calls.set(call.id, call);
    this.startTaskTimer(call, round);
    return call;
  }

  /**
   * Continues a parked call. A state that is unknown, expired, used, altered or of another request is an error: what
   * presents a state is never executed afresh.
   *
   * @returns the call, or undefined when the request was answered with the error
   */
  resume(round: Round): AskingCall | undefined {
    const call = this.parkedCallOf(round);
    if (call === undefined) {
      round.answer(addressedTo(round.request, errorOutcome(ERROR_CODE.INVALID_PARAMS,
        'The requestState is not valid, or no longer: send the request anew, without it')));
      return undefined;
    }
    this.startTaskTimer(call, round);
    call.resume(round);
    return call;
  }

  /** Answers `tasks/get`, `tasks/update` and `tasks/cancel`. Undefined for a task that is none of ours. */
  onTaskRequest({ request, principal }: Round): Outcome | undefined {
    const task = this.tasks.get(request.params?.taskId as string);
    if (task?.call.first.principal !== principal) {
      return undefined;
    }
    switch (request.method) {
      case 'tasks/get':
        return task.describe(this.options.clock.now());
      case 'tasks/update':
        task.call.answerQuestions(request.params?.inputResponses);
        return resultOutcome({ resultType: 'complete' });
      case 'tasks/cancel':
        task.cancel();
        return resultOutcome({ resultType: 'complete' });
      default:
        return undefined;
    }
  }

  /** Whether a call may become a task is said by the request that waits for it (SEP-2663, Capability Negotiation). */
  private startTaskTimer(call: AskingCall, round: Round): void {
    this.stopTaskTimer(call);
    if (round.request.method === 'tools/call' && declares(round.capabilities, TASKS_CAPABILITY)) {
      const { clock, taskAfterMs } = this.options;
      this.taskTimers.set(call.id, clock.after(taskAfterMs, () => this.becomeTask(call, round)));
    }
  }

  private stopTaskTimer({ id }: AskingCall): void {
    this.taskTimers.get(id)?.();
    this.taskTimers.delete(id);
  }

  private becomeTask(call: AskingCall, round: Round): void {
    const { clock, taskTtlMs } = this.options;
    const task = new CallTask(call, clock.now(), taskTtlMs);
    if (this.refusalToPark(round) === undefined && call.detach(round, task.created())) {
      this.tasks.set(task.id, task);
      this.taskEnds.set(task.id, clock.after(taskTtlMs, () => {
        this.taskEnds.delete(task.id);
        this.tasks.delete(task.id);
        call.cancel('The task is over');
      }));
    }
  }

  private parkedCallOf(round: Round): AskingCall | undefined {
    const state = isTooDeep(round.request.params) ? undefined : this.states.open(round.request.params?.requestState);
    if (state === undefined || !isOf(round, state) || state.expiresAt <= this.options.clock.now()) {
      return undefined;
    }
    const call = this.calls.get(state.call);
    return call?.isParked === true && call.round === state.round ? call : undefined;
  }

  private stateOf({ id, round, first }: AskingCall, expiresAt: number): string {
    const { request, principal } = first;
    return this.states.seal({
      call: id, round, principal, expiresAt,
      method: request.method,
      target: targetOf(request),
      paramsDigest: paramsDigest(request.params),
    });
  }

  private refusalToPark({ request, principal }: Round): Outcome | undefined {
    const parked = [...this.calls.values()].filter(({ isUnattended, result }) => isUnattended && result === undefined);
    if (this.isDraining) {
      return errorOutcome(ERROR_CODE.TRANSPORT_ERROR, 'The server is shutting down', 503);
    }
    if (isTooDeep(request.params)) {
      return errorOutcome(ERROR_CODE.INVALID_PARAMS, 'The params are nested too deeply for a call that waits for its client');
    }
    if (parked.length >= this.options.parkedCalls) {
      return errorOutcome(ERROR_CODE.TRANSPORT_ERROR, 'Too many calls wait for answers of their clients', 503);
    }
    const own = parked.filter(({ first }) => first.principal === principal).length;
    return principal !== '' && own >= this.options.parkedCallsPerPrincipal
      ? errorOutcome(ERROR_CODE.TRANSPORT_ERROR, 'Too many of your calls wait for your answers', 429)
      : undefined;
  }
}

function isOf({ request, principal }: Round, state: RequestState): boolean {
  return state.principal === principal && state.method === request.method && state.target === targetOf(request)
    && state.paramsDigest === paramsDigest(request.params);
}

function targetOf({ params }: JsonRpcRequest): string {
  return JSON.stringify(params?.name ?? params?.uri ?? null);
}
