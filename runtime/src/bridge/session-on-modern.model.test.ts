import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyStep, type Step } from './testing/any-step';
import { FUZZ_TIMEOUT_MS, fuzzRuns } from './testing/fuzz-runs';
import { settled } from './testing/session-bench';
import { assertOnly } from './testing/session-calls';
import { SessionWorld } from './testing/session-world';
import type { SimulatedSession } from './testing/simulated-session';

const ACTIONS = {
  call: 4, serve: 10, deliver: 8, respond: 6, cancel: 1, subscribe: 2, change: 2, pass: 2, endSession: 0.2, die: 0.2,
} as const;

function take(world: SessionWorld, { action, pick, more }: Step<keyof typeof ACTIONS>): void {
  switch (action) {
    case 'pass':
      world.pass(more);
      break;
    case 'die':
      world.die();
      break;
    default:
      world[action](pick, more);
  }
}

/** What a session was told belongs to its calls, and nothing was told twice. */
function checkSession(world: SessionWorld, session: SimulatedSession): void {
  const calls = world.calls.filter((call) => call.session === session);
  const tagOf = (id: unknown) => calls.find((call) => call.id === id)?.tag ?? 'none';
  session.answers.forEach((answer) => assertOnly(tagOf(answer.id), answer));
  session.questions.forEach((question) => assertOnly(tagOf(question.related), question));
  session.notifications.forEach((notification) => assertOnly(tagOf(notification.related), notification));
  for (const { method, params, related } of session.notifications) {
    if (method === 'notifications/progress') {
      expect(params?.progressToken).toBe(related);
    }
  }
  const once = [
    session.answers.map(({ id }) => JSON.stringify(id)), session.withdrawn, session.questions.map(({ id }) => id),
    session.notifications.map(({ params }) => params?.tag).filter((tag) => tag !== undefined),
    session.notifications.map(({ params }) => params?.elicitationId).filter((id) => id !== undefined),
  ];
  once.forEach((list) => expect(new Set(list).size).toBe(list.length));
}

/** Nothing is missing. */
function checkEnd(world: SessionWorld): void {
  expect(world.waiting()).toEqual([]);
  for (const { session, id, isCancelled } of world.calls) {
    if (!world.ended.has(session)) {
      expect(session.answersTo(id).length).toBe(isCancelled ? 0 : 1);
    }
  }
  for (const session of world.sessions) {
    const open = session.questions.filter(({ id, params }) =>
      !session.withdrawn.includes(id) && !world.given.has(params?.tag as string));
    expect(open).toEqual([]);
    expect(session.session.size).toBe(0);
    const isAnswered = (related: unknown) => session.answers.some(({ id }) => id === related);
    const asked = session.questions.filter(({ params, related }) => params?.mode === 'url' && isAnswered(related));
    expect(session.notifications.map(({ params }) => params?.elicitationId))
      .toEqual(expect.arrayContaining(asked.map(({ params }) => params?.elicitationId)));
  }
  for (const { session, tag } of world.owed) {
    if (!world.interrupted.has(session) && !world.ended.has(session)) {
      expect(session.notifications.filter(({ params }) => params?.tag === tag)).toHaveLength(1);
    }
  }
}

describe('sessions of clients of before with a server of 2026-07-28', () => {
  it('lose nothing, tell nothing twice and nothing to others, and leave nothing, in any order of events', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyStep(ACTIONS), { size: 'max', maxLength: 80 }), async (steps) => {
      const world = await SessionWorld.start();
      for (const step of steps) {
        const told = [...world.ended].map((session) => session.delivered.length);
        take(world, step);
        world.sessions.forEach((session) => checkSession(world, session));
        expect([...world.ended].slice(0, told.length).map((session) => session.delivered.length)).toEqual(told);
      }
      world.settle();
      await settled();
      world.sessions.forEach((session) => checkSession(world, session));
      checkEnd(world);
      world.sessions.forEach(({ session }) => session.end());
      expect([world.bench.server.connection.size, world.bench.clock.pending]).toEqual([0, 0]);
    }), fuzzRuns(300));
  }, FUZZ_TIMEOUT_MS);
});
