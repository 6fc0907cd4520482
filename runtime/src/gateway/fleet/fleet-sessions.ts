import { HEADER } from '../../mcp/headers';
import { ERROR_CODE } from '../../mcp/json-rpc';
import { SESSION_REVISIONS } from '../../mcp/versions';
import { VERSION } from '../../platform/version';
import type { Exchange } from '../exchange';
import type { GatewayServices } from '../gateway-services';
import { Refusal, unavailable } from '../refusal';
import { clientName } from '../session/client-name';
import { newSession } from '../session/sessions';
import { SessionTooLarge, type Session, type UpstreamSession } from '../session/session-tokens';
import type { UpstreamServer } from '../upstream/upstream-server';
import { ownRequest, tell } from './own-request';
import { unavailableMeta } from './unavailable-meta';

type Params = Readonly<Record<string, unknown>>;

/** One server of a session that spans the fleet. */
export interface FleetMember {
  readonly server: UpstreamServer;
  readonly session: UpstreamSession;
}

interface OpenedMember extends FleetMember {
  readonly hasTools: boolean;
}

/** Sessions that span the fleet: one with each server that the caller may see, all opened at once. */
export class FleetSessions {
  constructor(private readonly services: GatewayServices) {}

  /** The servers of a session that still exist and that the caller may still see. */
  members(exchange: Exchange, { upstreams }: Session): FleetMember[] {
    const { servers, access } = this.services;
    return upstreams
      .map((session) => ({ server: servers.get(session.server), session }))
      .filter((member): member is FleetMember =>
        member.server !== undefined && access.sees(exchange, member.server.name));
  }

  /** Answers `initialize`. Servers that do not answer are left out: one dead server never fails the session. */
  async open(exchange: Exchange, params: Params): Promise<void> {
    exchange.client = clientName(params);
    const protocolVersion = SESSION_REVISIONS.find((known) => known === params.protocolVersion) ?? SESSION_REVISIONS[0];
    const { members, dead } = await this.openAll(exchange, { ...params, protocolVersion });
    if (members.length === 0 && dead.length > 0) {
      throw unavailable(dead.join(', '));
    }
    const token = await this.seal(exchange, members);
    if (exchange.response.destroyed) {
      return this.tellAll(exchange, members, 'DELETE');
    }
    exchange.sendResult({
      protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'cdk8s-mcp', version: VERSION },
      ...unavailableMeta(dead),
    }, { [HEADER.SESSION_ID]: token });
  }

  /** Answers DELETE: ends the sessions with all servers. */
  async end(exchange: Exchange, session: Session): Promise<void> {
    const members = this.members(exchange, session);
    await this.tellAll(exchange, members, 'DELETE');
    for (const { server } of members) {
      this.services.metrics.sessionEnded(server.name, Date.now() / 1000 - session.startedAt);
    }
    exchange.accept();
  }

  /** Tells every server of a session the same; those that cannot be told are left alone. */
  async tellAll(
    exchange: Exchange, members: readonly FleetMember[], method: 'POST' | 'DELETE', body?: Buffer,
  ): Promise<void> {
    await Promise.all(members.map(({ server, session }) =>
      tell(exchange, server, session, method, body).catch((error: unknown) => {
        const reason = (error as Error).message;
        this.services.logger.warn({ server: server.name, reason }, 'server does not take a notification');
      })));
  }

  private async openAll(
    exchange: Exchange, params: Params,
  ): Promise<{ members: FleetMember[]; dead: string[] }> {
    const { servers, access, logger } = this.services;
    const visible = [...servers.values()].filter(({ name }) => access.sees(exchange, name));
    const results = await Promise.allSettled(visible.map((server) => openOne(exchange, server, params)));
    const opened: OpenedMember[] = [];
    const dead: string[] = [];
    for (const [index, result] of results.entries()) {
      const server = visible[index]!;
      if (result.status === 'fulfilled') {
        opened.push(result.value);
      } else {
        dead.push(server.name);
        logger.warn({ server: server.name, reason: (result.reason as Error).message }, 'server is left out of a session');
      }
    }
    await this.tellAll(exchange, opened.filter(({ hasTools }) => !hasTools), 'DELETE');
    return { members: opened.filter(({ hasTools }) => hasTools), dead };
  }

  private async seal(exchange: Exchange, members: readonly FleetMember[]): Promise<string> {
    try {
      return await this.services.sessions.seal(newSession(exchange, members.map(({ session }) => session)));
    } catch (error) {
      if (!(error instanceof SessionTooLarge)) {
        throw error;
      }
      await this.tellAll(exchange, members, 'DELETE');
      throw new Refusal(`The fleet is too large for one session, use its servers' own routes: ${error.message}`, {
        status: 200, code: ERROR_CODE.INTERNAL_ERROR,
      });
    }
  }
}

async function openOne(exchange: Exchange, server: UpstreamServer, params: Params): Promise<OpenedMember> {
  const { endpoint, sessionId, result } = await ownRequest(exchange, server, undefined, 'initialize', {
    ...params,
    // A server that is granted the client's roots may open directories that nobody here meant to open.
    capabilities: { ...params.capabilities as object, roots: undefined },
  });
  const { protocolVersion, capabilities } = result as { protocolVersion: string; capabilities: { tools?: object } };
  return {
    server,
    session: {
      server: server.name, endpoint, id: sessionId,
      ...(protocolVersion === params.protocolVersion ? {} : { revision: protocolVersion }),
    },
    hasTools: capabilities.tools !== undefined,
  };
}
