import { describe, expect, it } from 'vitest';
import { ERROR_CODE, type JsonRpcRequest } from '../mcp/json-rpc';
import type { CallHandle } from './call';
import { InitializeRefused } from './legacy-connection';
import { RecordingListener } from './testing/recording-listener';
import { SimulatedLegacyServer } from './testing/legacy-server';

function request(params?: Record<string, unknown>): JsonRpcRequest {
  return { jsonrpc: '2.0', id: 'mine', method: 'tools/call', ...(params === undefined ? {} : { params }) };
}

function call(server: SimulatedLegacyServer, params?: Record<string, unknown>) {
  const listener = new RecordingListener();
  const message = request(params);
  const handle: CallHandle = server.connection.call(message, JSON.stringify(message), listener);
  return { listener, handle };
}

function callExclusively(server: SimulatedLegacyServer, logLevel?: 'info') {
  const listener = new RecordingListener();
  const handle = server.connection.callExclusively(request(), JSON.stringify(request()), listener, logLevel);
  return { listener, handle };
}

describe('a request to a server', () => {
  it('has an id and a progress token of its own', () => {
    const server = new SimulatedLegacyServer();
    call(server);
    call(server, { _meta: { progressToken: 'mine', other: 1 }, a: 1 });
    expect(server.calls.map(({ request: { id, params } }) => ({ id, params }))).toEqual([
      { id: 1, params: undefined }, { id: 2, params: { _meta: { other: 1, progressToken: 2 }, a: 1 } },
    ]);
  });

  it('says the same to every parser, whatever its client has repeated or misspelt', () => {
    const server = new SimulatedLegacyServer();
    const text = '{"jsonrpc":"2.0","id":1,"ID":1,"method":"x","method":"tools/call","Params":{},"id":2,'
      + '"params":{"n":1},"params":{"_meta":{"progressToken":1},"n":12345678901234567890,"_meta":{"progressToken":9}}}';
    const sent: string[] = [];
    server.toServer.write = (line) => void sent.push(line);
    server.connection.call(JSON.parse(text) as JsonRpcRequest, text, new RecordingListener());
    expect(sent).toEqual(['{"jsonrpc":"2.0","id":1,"method":"tools/call",'
      + '"params":{"_meta":{},"n":12345678901234567890,"_meta":{"progressToken":1}}}']);
  });

  it.each([[null], [{ a: 1 }], [[1]]])('does not ask for progress under %j, which is no token', (progressToken) => {
    const server = new SimulatedLegacyServer();
    const { listener } = call(server, { _meta: { progressToken } });
    expect(server.last.request.params).toEqual({ _meta: {} });
    server.progress(server.last, { progress: 1 });
    expect(listener.notifications).toEqual([]);
  });

  it('hears its answer once, and nobody hears one to no request', () => {
    const server = new SimulatedLegacyServer();
    const [first, second] = [call(server), call(server)];
    server.write({ id: 2, result: { of: 'second' } });
    server.write({ id: 2, result: { of: 'second' } });
    server.write({ id: '1', result: {} });
    server.write({ id: null, error: { code: -32700, message: 'parse error' } });
    expect([first.listener.answers.length, second.listener.answers.length, server.strays.length]).toEqual([0, 1, 3]);
    expect(server.connection.size).toBe(1);
  });

  it('hears nothing more when it is cancelled, as the server is told', () => {
    const server = new SimulatedLegacyServer();
    const { listener, handle } = call(server, { _meta: { progressToken: 1 } });
    handle.cancel('why');
    handle.cancel('why');
    server.progress(server.last, { progress: 1 });
    server.answer(server.last);
    expect(listener.all).toEqual([]);
    expect(server.received.slice(1)).toEqual([
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1, reason: 'why' } },
    ]);
  });

  it('fails when the server is gone', () => {
    const server = new SimulatedLegacyServer();
    const { listener } = call(server);
    server.die();
    expect(listener.failures).toHaveLength(1);
    expect(server.connection.size).toBe(0);
  });
});

describe('what a server asks', () => {
  it('is refused when it belongs to no call, or to one of several', () => {
    const server = new SimulatedLegacyServer();
    expect(server.ask().answers[0]?.error?.code).toBe(ERROR_CODE.METHOD_NOT_FOUND);
    const calls = [call(server), call(server)];
    expect(server.ask().answers[0]?.error?.code).toBe(ERROR_CODE.METHOD_NOT_FOUND);
    expect(calls.flatMap(({ listener }) => listener.all)).toEqual([]);
  });

  it('goes to the exclusive call alone', () => {
    const server = new SimulatedLegacyServer();
    const { listener, handle } = callExclusively(server);
    const question = server.ask();
    expect(listener.questions.map(({ id }) => id)).toEqual([question.id]);
    handle.respond(question.id, { result: { action: 'accept' } });
    handle.respond(question.id, { result: { action: 'accept' } });
    expect(question.answers).toHaveLength(1);
  });

  it('goes to a call that shares the process only while there is no other, and was none that is cancelled', () => {
    const server = new SimulatedLegacyServer({ mayAskOne: true });
    const first = call(server);
    const [call1] = server.calls;
    server.ask(call1);
    const second = call(server);
    expect(server.ask(call1).answers).toHaveLength(1);
    second.handle.cancel('gone');
    expect(server.ask(call1).answers).toHaveLength(1);
    expect([first.listener.questions.length, second.listener.questions.length]).toEqual([1, 0]);
  });

  it('is answered by its own call only', () => {
    const server = new SimulatedLegacyServer({ mayAskOne: true });
    call(server);
    const question = server.ask();
    const other = call(server);
    other.handle.respond(question.id, { result: { action: 'accept' } });
    expect(question.answers).toEqual([]);
  });

  it.each(['answered', 'cancelled'])('is answered with an error when its call is %s', (how) => {
    for (const isExclusive of [true, false]) {
      const server = new SimulatedLegacyServer({ mayAskOne: true });
      const { handle } = isExclusive ? callExclusively(server) : call(server);
      const question = server.ask();
      if (how === 'answered') {
        server.answer(server.last);
      } else {
        handle.cancel('gone');
      }
      expect(question.answers.map(({ error }) => error?.code)).toEqual([ERROR_CODE.INTERNAL_ERROR]);
      handle.respond(question.id, { result: {} });
      expect(question.answers).toHaveLength(1);
    }
  });

  it('may be withdrawn, and is answered no more then', () => {
    const server = new SimulatedLegacyServer({ mayAskOne: true });
    const { listener, handle } = call(server);
    const question = server.ask();
    server.withdraw(question);
    server.withdraw(question);
    handle.respond(question.id, { result: {} });
    expect(listener.withdrawn).toEqual([question.id]);
    expect(question.answers).toEqual([]);
  });

  it('is ambiguous after an exclusive call was cancelled in flight', () => {
    const server = new SimulatedLegacyServer();
    const { handle } = callExclusively(server);
    server.answer(server.last);
    handle.cancel('late');
    expect(server.connection.isAmbiguous).toBe(false);
    callExclusively(server).handle.cancel('gone');
    expect(server.connection.isAmbiguous).toBe(true);
  });

  it('is answered at once if it is a ping', () => {
    const server = new SimulatedLegacyServer();
    server.write({ id: 'p', method: 'ping' });
    expect(server.received).toEqual([{ jsonrpc: '2.0', id: 'p', result: {} }]);
  });

  it('is refused while only the bridge itself has a request in flight', async () => {
    const server = new SimulatedLegacyServer({ mayAskOne: true });
    const answer = server.connection.request('resources/subscribe', { uri: 'u:1' });
    expect(server.ask().answers[0]?.error?.code).toBe(ERROR_CODE.METHOD_NOT_FOUND);
    expect(server.ask(undefined, 'elicitation/create', {}, 0).answers).toHaveLength(1);
    server.answer(server.last, { a: 1 });
    await expect(answer).resolves.toMatchObject({ result: { a: 1 } });
  });
});

describe('log messages', () => {
  it('go to the exclusive call from its level on', () => {
    const server = new SimulatedLegacyServer();
    server.log('before');
    const { listener } = callExclusively(server, 'info');
    server.log('low', 'debug');
    server.log('unknown', 'loud');
    server.log('high', 'error');
    server.answer(server.last);
    server.log('after');
    expect(listener.notifications.map(({ params }) => params?.data)).toEqual(['high']);
  });

  it('go to nobody who shares the process', () => {
    const server = new SimulatedLegacyServer({ mayAskOne: true });
    const { listener } = call(server);
    server.log('x');
    expect(listener.notifications).toEqual([]);
    expect(server.strays).toHaveLength(1);
  });

  it('are asked for once', async () => {
    const server = new SimulatedLegacyServer();
    for (const level of ['info', 'info', 'debug'] as const) {
      const set = server.connection.setLogLevel(level);
      server.open.forEach((each) => server.answer(each, {}));
      await set;
    }
    expect(server.calls.map(({ request: { params } }) => params)).toEqual([{ level: 'info' }, { level: 'debug' }]);
  });
});

describe('initialize', () => {
  it('introduces the client and says when it is ready', async () => {
    const server = new SimulatedLegacyServer();
    const introducing = server.connection.initialize({ capabilities: { sampling: {} }, clientInfo: { name: 'c' } });
    server.answer(server.last, { serverInfo: { name: 's' } });
    await expect(introducing).resolves.toEqual({ serverInfo: { name: 's' } });
    expect(server.received).toMatchObject([
      { method: 'initialize', params: { capabilities: { sampling: {} } } }, { method: 'notifications/initialized' },
    ]);
  });

  it('fails when the server refuses, or is gone', async () => {
    const [refusing, dying] = [new SimulatedLegacyServer(), new SimulatedLegacyServer()];
    const attempts = [refusing, dying].map(({ connection }) =>
      connection.initialize({ capabilities: {}, clientInfo: {} }));
    refusing.refuse(refusing.last, { code: -32602, message: 'no' });
    dying.die();
    await expect(attempts[0]).rejects.toThrow(InitializeRefused);
    await expect(attempts[1]).rejects.toThrow('its process ended');
  });
});

describe('changes', () => {
  it('are told to everybody', () => {
    const server = new SimulatedLegacyServer();
    server.write({ method: 'notifications/tools/list_changed' });
    server.write({ method: 'notifications/resources/updated', params: { uri: 'u:1' } });
    expect(server.changes).toHaveLength(2);
    expect(server.strays).toEqual([]);
  });
});
