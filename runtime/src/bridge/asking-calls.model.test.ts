import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { progressTokenOf } from './round';
import { assertTagged, AskingWorld } from './testing/asking-world';
import { anyStep, type Step } from './testing/any-step';
import { FUZZ_TIMEOUT_MS, fuzzRuns } from './testing/fuzz-runs';

const ACTIONS = {
  call: 3, ask: 4, serve: 6, deliver: 6, retry: 6, misuse: 4, disconnect: 1, useTask: 2, pass: 2, die: 0.3,
} as const;

function take(world: AskingWorld, { action, pick, more }: Step<keyof typeof ACTIONS>): void {
  switch (action) {
    case 'pass':
      world.pass(more);
      break;
    case 'disconnect':
    case 'die':
      world[action](pick);
      break;
    default:
      world[action](pick, more);
  }
}

function checkAlways({ clients, bench }: AskingWorld): void {
  for (const client of clients) {
    for (const { outcome, notifications, request } of client.rounds) {
      assertTagged(client, [outcome?.text, notifications]);
      const own = progressTokenOf(request);
      const tokens = notifications.filter(({ method }) => method === 'notifications/progress')
        .map(({ params }) => params?.progressToken);
      expect(tokens.every((token) => token === own)).toBe(true);
    }
  }
  for (const { questions, calls, connection } of bench.servers) {
    expect(questions.every(({ answers }) => answers.length <= 1)).toBe(true);
    expect(connection.size).toBeLessThanOrEqual(1);
    const tags = calls.map(({ request }) => JSON.stringify(request.params));
    expect(new Set(tags).size).toBe(tags.length);
  }
}

/** A client is asked for nothing that the server does not need any more. */
function checkAsked(world: AskingWorld, known: Set<unknown>): void {
  for (const { asked } of world.clients) {
    if (asked !== undefined && !known.has(asked.state)) {
      known.add(asked.state);
      expect(Object.values(asked.inputRequests).filter(({ params }) => world.isOver(params.tag))).toEqual([]);
    }
  }
}

/** Every question was answered or withdrawn, and what its client gave has arrived. */
function checkAnswers({ clients, bench }: AskingWorld): void {
  const given = new Map(clients.flatMap((client) => [...client.given]));
  for (const { questions } of bench.servers.filter(({ isDead }) => !isDead)) {
    for (const { params, answers: [answer], isWithdrawn } of questions) {
      const own = given.get(params.tag as string);
      expect(answer !== undefined || isWithdrawn).toBe(true);
      if (own !== undefined) {
        expect(answer?.result).toEqual(own);
      } else if (answer?.result !== undefined) {
        expect(answer.result).toEqual({ action: 'cancel' });
      }
    }
  }
}

describe('calls of clients of 2026-07-28 to a server of before', () => {
  it('lose nothing, tell nothing twice and nothing to others, and leave nothing, in any order of events', () => {
    fc.assert(fc.property(fc.array(anyStep(ACTIONS), { size: 'max', maxLength: 80 }), (steps) => {
      const world = new AskingWorld();
      const known = new Set<unknown>();
      for (const step of steps) {
        if (step.action === 'pass') {
          // Clients are asked first; what is asked may be over when much time has passed.
          world.bench.clock.advance(20);
          checkAsked(world, known);
        }
        take(world, step);
        checkAlways(world);
        checkAsked(world, known);
      }
      world.settle();
      checkAlways(world);
      expect(world.clients.filter(({ latest }) => latest.isOpen)).toEqual([]);
      checkAnswers(world);
      world.end();
      checkAlways(world);
      expect([world.bench.calls.size, world.bench.clock.pending]).toEqual([0, 0]);
      expect(world.bench.servers.map(({ connection }) => connection.size).every((size) => size === 0)).toBe(true);
    }), fuzzRuns(400));
  }, FUZZ_TIMEOUT_MS);
});
