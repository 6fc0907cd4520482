import { describe, expect, it } from 'vitest';
import { ERROR_CODE } from '../mcp/json-rpc';
import { SessionOnLegacy } from './session-on-legacy';
import { SimulatedLegacyServer } from './testing/legacy-server';
import { SimulatedSession } from './testing/simulated-session';

const ANSWER = { action: 'accept', content: {} };

function open(server = new SimulatedLegacyServer(), { roots = false, isExclusive = true } = {}) {
  const { connection } = server;
  const session = new SimulatedSession((client) => new SessionOnLegacy(client, {
    introduce: () => Promise.resolve({}),
    call: (request, text, listener, logLevel) => isExclusive
      ? connection.callExclusively(request, text, listener, logLevel) : connection.call(request, text, listener),
    subscribe: () => Promise.resolve(),
    unsubscribe: () => Promise.resolve(),
    end: () => undefined,
  }, roots));
  return { server, session };
}

describe('a request of a session to a server of the same era whose process others use', () => {
  it('has its own id and progress token on both sides', () => {
    const server = new SimulatedLegacyServer();
    const sessions = [1, 2].map(() => open(server, { isExclusive: false }).session);
    sessions.forEach((session) => session.request('tools/call', { _meta: { progressToken: 5 } }, 5));
    server.calls.forEach((call) => server.progress(call, { progress: call.request.id }));
    server.calls.toReversed().forEach((call) => server.answer(call, { of: call.request.id }));
    const heard = sessions.map(({ notifications, answers }) => [notifications.map(({ params }) => params), answers]);
    expect(heard).toEqual([1, 2].map((of) => [
      [{ progressToken: 5, progress: of }], [{ jsonrpc: '2.0', id: 5, result: { of } }],
    ]));
  });

  it('brings questions to the client, on its stream, and the answers back', () => {
    const { server, session } = open();
    const id = session.request('tools/call');
    const question = server.ask();
    const [asked] = session.questions;
    expect(asked).toMatchObject({ method: question.method, params: question.params, related: id });
    session.respond(asked!.id, { result: ANSWER });
    session.respond(asked!.id, { result: ANSWER });
    expect(question.answers).toEqual([{ jsonrpc: '2.0', id: question.id, result: ANSWER }]);
  });

  it('brings errors of the client back', () => {
    const { server, session } = open();
    session.request('tools/call');
    const question = server.ask();
    session.respond(session.questions[0]!.id, { error: { code: -1, message: 'no' } });
    expect(question.answers[0]?.error).toEqual({ code: -1, message: 'no' });
  });

  it('withdraws questions that the server withdraws', () => {
    const { server, session } = open();
    session.request('tools/call');
    server.withdraw(server.ask());
    expect(session.withdrawn).toEqual([session.questions[0]!.id]);
  });

  it.each(['answered', 'cancelled', 'failed'])('withdraws its questions when it is %s', (how) => {
    const { server, session } = open();
    const id = session.request('tools/call');
    const question = server.ask();
    if (how === 'answered') {
      server.answer(server.last);
    } else if (how === 'failed') {
      server.die();
    } else {
      session.notify('notifications/cancelled', { requestId: id });
      expect(question.answers).toHaveLength(1);
    }
    expect(session.withdrawn).toEqual([session.questions[0]!.id]);
    session.respond(session.questions[0]!.id, { result: ANSWER });
    expect(question.answers.length).toBe(how === 'failed' ? 0 : 1);
    expect(session.answersTo(id)).toHaveLength(how === 'cancelled' ? 0 : 1);
    expect(session.session.size).toBe(0);
  });

  it('does not pass roots on unless that is allowed', () => {
    for (const roots of [true, false]) {
      const { server, session } = open(undefined, { roots });
      session.request('tools/call');
      const question = server.ask(undefined, 'roots/list');
      expect(session.questions.length).toBe(roots ? 1 : 0);
      expect(question.answers.map(({ error }) => error?.code)).toEqual(roots ? [] : [ERROR_CODE.METHOD_NOT_FOUND]);
    }
  });

  it('is over for the server when an answer is nested without end', () => {
    const { server, session } = open();
    session.request('tools/call');
    const question = server.ask();
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const text = `{"jsonrpc":"2.0","id":${JSON.stringify(session.questions[0]!.id)},"result":{"x":${deep}}}`;
    session.session.onMessage(JSON.parse(text) as never, text);
    expect(question.answers[0]?.error?.code).toBe(ERROR_CODE.INTERNAL_ERROR);
  });
});
