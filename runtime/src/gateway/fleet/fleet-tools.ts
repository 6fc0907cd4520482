import { ACTION } from '../../../../lib/contract/policy';
import { ERROR_CODE, type JsonRpcRequest } from '../../mcp/json-rpc';
import { replaceJsonValue } from '../../mcp/json-members';
import type { Exchange } from '../exchange';
import type { GatewayServices } from '../gateway-services';
import { SEE_SERVER, unknownTarget } from '../policy/guard';
import { Refusal, sessionNotFound, unavailable } from '../refusal';
import { forward } from '../upstream/forward';
import { requestHeaders } from '../upstream/request-headers';
import type { FleetMember } from './fleet-sessions';
import { ownRequest } from './own-request';
import { withFleetIds } from './server-ids';
import { fleetToolName, parseFleetToolName, type FleetTool } from './tool-names';
import { unavailableMeta } from './unavailable-meta';

/** Pages that one server's list may have: a cursor that leads in a circle must end. */
const MAX_PAGES = 100;

interface Tool {
  readonly name: string;
}

/** The tools of all servers as those of one: `files__read_text_file`. */
export class FleetTools {
  constructor(private readonly services: GatewayServices) {}

  /** Answers `tools/list`: server by server in the configuration's order, of those that answer. */
  async list(exchange: Exchange, members: readonly FleetMember[], { params }: JsonRpcRequest): Promise<void> {
    if (params?.cursor !== undefined) {
      // The list has one page: no cursor was ever given out.
      throw new Refusal('Unknown cursor', { status: 200, code: ERROR_CODE.INVALID_PARAMS });
    }
    const lists = await Promise.allSettled(members.map((member) => this.listOf(exchange, member)));
    const missing: string[] = [];
    for (const [index, list] of lists.entries()) {
      if (list.status === 'rejected') {
        const server = members[index]!.server.name;
        this.checkSession(server, list.reason);
        missing.push(server);
      }
    }
    const tools = lists.flatMap((list) => list.status === 'fulfilled' ? list.value : []);
    exchange.sendResult({ tools, ...unavailableMeta(missing) });
  }

  /** Routes `tools/call` by the first `__` of the tool's name. */
  async call(
    exchange: Exchange, members: readonly FleetMember[], request: JsonRpcRequest, text: string,
  ): Promise<void> {
    const { server: name, tool } = this.permittedTool(exchange, request);
    const member = members.find(({ server }) => server.name === name);
    if (member === undefined) {
      // It did not answer when the session began.
      throw unavailable(name);
    }
    const { server, session } = member;
    const reached = await forward(exchange, server, session, {
      method: 'POST',
      headers: await requestHeaders(exchange, server, session),
      body: replaceJsonValue(text, ['params', 'name'], JSON.stringify(tool)),
    }, {
      deadlineMs: this.services.limits.callSeconds * 1000,
      rewrite: (message) => withFleetIds(name, message),
    });
    if (!reached) {
      throw await server.hasMoved(session.endpoint) ? sessionNotFound() : unavailable(name);
    }
  }

  /** @throws Refusal as for an unknown tool when there is none of this name for this caller. */
  private permittedTool(exchange: Exchange, { params }: JsonRpcRequest): FleetTool {
    const { servers, access } = this.services;
    const name = params?.name;
    if (typeof name !== 'string') {
      throw new Refusal('tools/call does not name its tool', { status: 200, code: ERROR_CODE.INVALID_PARAMS });
    }
    exchange.target = name;
    const parsed = parseFleetToolName(name);
    if (parsed === undefined || !servers.has(parsed.server)) {
      throw unknownTarget({ action: ACTION.CALL_TOOL, target: name });
    }
    exchange.server = parsed.server;
    const permitted = access.decide(exchange, parsed.server, SEE_SERVER)
      && access.decide(exchange, parsed.server, { action: ACTION.CALL_TOOL, target: parsed.tool });
    exchange.target = parsed.tool;
    if (!permitted) {
      throw unknownTarget({ action: ACTION.CALL_TOOL, target: name });
    }
    return parsed;
  }

  private async listOf(exchange: Exchange, { server, session }: FleetMember): Promise<Tool[]> {
    const permits = this.services.access.permits(exchange, server.name);
    const tools: Tool[] = [];
    let cursor: unknown;
    for (let page = 0; page < MAX_PAGES; page++) {
      const { result } = await ownRequest(exchange, server, session, 'tools/list', { cursor });
      tools.push(...(result.tools as Tool[]).filter(({ name }) => permits(ACTION.CALL_TOOL, name)));
      cursor = result.nextCursor;
      if (cursor === undefined) {
        return tools.map((tool) => ({ ...tool, name: fleetToolName({ server: server.name, tool: tool.name }) }));
      }
    }
    throw new Error(`its list of tools has more than ${MAX_PAGES} pages`);
  }

  /** A server that is away is missing in the list; a session that is over is to be opened anew as a whole. */
  private checkSession(server: string, reason: unknown): void {
    if (reason instanceof Refusal) {
      throw reason;
    }
    this.services.logger.warn({ server, reason: (reason as Error).message }, 'server is left out of a list');
  }
}
