import { describe, expect, it } from 'vitest';
import { ERROR_CODE, type JsonRpcRequest } from '../mcp/json-rpc';
import { META } from './request-meta';
import { SimulatedModernServer } from './testing/modern-server';
import { RecordingListener } from './testing/recording-listener';

const LOGGING = { _meta: { [META.LOG_LEVEL]: 'info' } };

function call(server: SimulatedModernServer, params: Record<string, unknown> = {}, method = 'tools/call') {
  const listener = new RecordingListener();
  const request: JsonRpcRequest = { jsonrpc: '2.0', id: 'mine', method, params };
  const handle = server.connection.call(request, JSON.stringify(request), listener);
  return { listener, handle, received: server.last };
}

function logged({ notifications }: RecordingListener): unknown[] {
  return notifications.map(({ params }) => params?.data);
}

describe('a log message', () => {
  it('goes to the only call, if it wants such', () => {
    const server = new SimulatedModernServer();
    call(server, {}, 'subscriptions/listen');
    const { listener } = call(server, LOGGING);
    server.log('x');
    expect(logged(listener)).toEqual(['x']);
  });

  it('goes to nobody while it may be of one of several calls, or of one that wants none', () => {
    const server = new SimulatedModernServer();
    const quiet = call(server);
    server.log('x');
    const loud = call(server, LOGGING);
    server.log('x');
    server.answer(quiet.received);
    server.log('y');
    expect([logged(quiet.listener), logged(loud.listener)]).toEqual([[], ['y']]);
    expect(server.strays).toHaveLength(2);
  });

  it('goes to nobody while it may be of a call that was cancelled', () => {
    const server = new SimulatedModernServer();
    const first = call(server, LOGGING);
    first.handle.cancel('gone');
    const second = call(server, LOGGING);
    server.log('of the first');
    server.answer(first.received);
    server.log('of the second');
    expect([logged(first.listener), logged(second.listener)]).toEqual([[], ['of the second']]);
  });

  it('is not held back by a call that had its answer when it was cancelled', () => {
    const server = new SimulatedModernServer();
    const first = call(server, LOGGING);
    server.answer(first.received);
    first.handle.cancel('late');
    const second = call(server, LOGGING);
    server.log('x');
    expect(logged(second.listener)).toEqual(['x']);
  });
});

describe('a subscription', () => {
  it('hears what names it, and nothing else', () => {
    const server = new SimulatedModernServer();
    const [first, second] = [call(server, {}, 'subscriptions/listen'), call(server, {}, 'subscriptions/listen')];
    const other = call(server);
    server.tell(first.received, 'notifications/tools/list_changed');
    server.tell(other.received, 'notifications/tools/list_changed');
    server.write({ method: 'notifications/tools/list_changed' });
    server.write({ method: 'notifications/tools/list_changed', params: { _meta: 'x' } });
    expect([first, second, other].map(({ listener }) => listener.all.length)).toEqual([1, 0, 0]);
    expect(server.strays).toHaveLength(3);
  });

  it('is ended by the server by an answer or by notifications/cancelled, and once', () => {
    const server = new SimulatedModernServer();
    const [first, second] = [call(server, {}, 'subscriptions/listen'), call(server, {}, 'subscriptions/listen')];
    server.answer(first.received);
    for (let times = 0; times < 2; times++) {
      server.write({ method: 'notifications/cancelled', params: { requestId: second.received.request.id } });
    }
    server.answer(second.received);
    expect([first, second].map(({ listener }) => listener.answers.length)).toEqual([1, 1]);
    expect(server.connection.size).toBe(0);
  });

  it('is cancelled by its listener', () => {
    const server = new SimulatedModernServer();
    const { handle, listener, received } = call(server, {}, 'subscriptions/listen');
    handle.cancel('enough');
    server.tell(received, 'notifications/tools/list_changed');
    expect(listener.all).toEqual([]);
    expect(received.state).toBe('cancelled');
  });
});

describe('a server that does not keep to its revision', () => {
  it('is told that nobody answers requests', () => {
    const server = new SimulatedModernServer();
    const { listener } = call(server);
    server.write({ id: 5, method: 'elicitation/create', params: {} });
    expect(server.received.at(-1)).toMatchObject({ id: 5, error: { code: ERROR_CODE.METHOD_NOT_FOUND } });
    expect(listener.all).toEqual([]);
  });

  it('cannot cancel what is no subscription', () => {
    const server = new SimulatedModernServer();
    const { listener, received } = call(server);
    server.write({ method: 'notifications/cancelled', params: { requestId: received.request.id } });
    expect(listener.all).toEqual([]);
    server.answer(received);
    expect(listener.answers).toHaveLength(1);
  });

  it('fails all calls when it is gone', () => {
    const server = new SimulatedModernServer();
    const calls = [call(server), call(server, {}, 'subscriptions/listen')];
    server.die();
    expect(calls.map(({ listener }) => listener.failures.length)).toEqual([1, 1]);
    expect(server.connection.size).toBe(0);
  });
});
