import { ERROR_CODE, isRequest, isResponse, type JsonRpcRequest } from '../../mcp/json-rpc';
import { replaceJsonValue } from '../../mcp/json-members';
import type { Exchange } from '../exchange';
import type { GatewayServices } from '../gateway-services';
import { readMessage, type ReceivedMessage } from '../read-message';
import { Refusal, invalidRequest, methodNotAllowed, unavailable } from '../refusal';
import type { Session } from '../session/session-tokens';
import { findSession } from '../session/sessions';
import { forward } from '../upstream/forward';
import { requestHeaders } from '../upstream/request-headers';
import { FleetSessions, type FleetMember } from './fleet-sessions';
import { FleetTools } from './fleet-tools';
import { parseFleetId } from './server-ids';

/** `/mcp`: the whole fleet as one server that has tools. */
export class FleetRoute {
  private readonly sessions: FleetSessions;
  private readonly tools: FleetTools;

  constructor(private readonly services: GatewayServices) {
    this.sessions = new FleetSessions(services);
    this.tools = new FleetTools(services);
  }

  async handle(exchange: Exchange): Promise<void> {
    switch (exchange.request.method) {
      case 'POST':
        return this.post(exchange);
      case 'DELETE':
        return this.sessions.end(exchange, await this.requireSession(exchange));
      default:
        // What servers have to say outside of calls does not reach this route's clients yet.
        throw methodNotAllowed('POST, DELETE');
    }
  }

  private async post(exchange: Exchange): Promise<void> {
    const received = await readMessage(exchange, this.services.limits.bodyBytes);
    const { message } = received;
    if (isRequest(message) && message.method === 'initialize') {
      return this.sessions.open(exchange, message.params ?? {});
    }
    const members = this.sessions.members(exchange, await this.requireSession(exchange));
    if (isRequest(message)) {
      return this.request(exchange, members, message, received.text);
    }
    const addressee = addresseeOf(received);
    if (addressee !== undefined) {
      return this.forwardTo(exchange, members, addressee);
    }
    // A cancellation names the client's request: the server that has it acts, the others do not know the id.
    await this.sessions.tellAll(exchange, members, 'POST', received.body);
    exchange.accept();
  }

  private request(
    exchange: Exchange, members: readonly FleetMember[], request: JsonRpcRequest, text: string,
  ): void | Promise<void> {
    switch (request.method) {
      case 'ping':
        return exchange.sendResult({});
      case 'tools/list':
        return this.tools.list(exchange, members, request);
      case 'tools/call':
        return this.tools.call(exchange, members, request, text);
      default:
        throw new Refusal(`Method not found: ${request.method}`, { status: 200, code: ERROR_CODE.METHOD_NOT_FOUND });
    }
  }

  private async requireSession(exchange: Exchange): Promise<Session> {
    const session = await findSession(exchange, this.services.sessions);
    if (session === undefined) {
      throw invalidRequest('the header Mcp-Session-Id is missing');
    }
    return session;
  }

  private async forwardTo(
    exchange: Exchange, members: readonly FleetMember[], { server: name, body }: Addressed,
  ): Promise<void> {
    const member = members.find(({ server }) => server.name === name);
    if (member === undefined) {
      throw invalidRequest(`this session has no server '${name}'`);
    }
    const { server, session } = member;
    exchange.server = name;
    const headers = await requestHeaders(exchange, server, session);
    const options = { deadlineMs: this.services.limits.callSeconds * 1000 };
    if (!await forward(exchange, server, session, { method: 'POST', headers, body }, options)) {
      throw unavailable(name);
    }
  }
}

/** A message for one server, with the server's own ids in it. */
interface Addressed {
  readonly server: string;
  readonly body: string;
}

/** Which server a message without an answer is for; undefined when it is for all. */
function addresseeOf({ message, text }: ReceivedMessage): Addressed | undefined {
  if (isResponse(message)) {
    const addressee = parseFleetId(message.id);
    if (addressee === undefined) {
      throw invalidRequest('its id is that of no request');
    }
    return { server: addressee.server, body: replaceJsonValue(text, ['id'], addressee.ownId) };
  }
  const addressee = parseFleetId(message.params?.progressToken);
  return addressee && {
    server: addressee.server, body: replaceJsonValue(text, ['params', 'progressToken'], addressee.ownId),
  };
}
