import { SessionOnModern } from '../session-on-modern';
import { SimulatedModernServer } from './modern-server';
import { SimulatedClock } from './simulated-clock';
import { SimulatedSession } from './simulated-session';

export const ALL_LEGACY_CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {} };

const SERVER_CAPABILITIES = { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true } };

/** Clients of before 2026-07-28 with sessions that share a process of a server of that revision. */
export class SessionBench {
  readonly clock = new SimulatedClock();
  server: SimulatedModernServer;

  constructor(private readonly isImmediate = true) {
    this.server = new SimulatedModernServer({ isImmediate });
  }

  /** The process has died, and another one takes its place. */
  restart(): void {
    const { server } = this;
    this.server = new SimulatedModernServer({ isImmediate: this.isImmediate });
    server.die();
  }

  /** A session that is not initialized. */
  session({ roots = false } = {}): SimulatedSession {
    return new SimulatedSession((client) => new SessionOnModern(client, {
      clock: this.clock, roots, serverName: 'server',
      send: (request, text, listener) => this.server.connection.call(request, text, listener),
    }));
  }

  /** A session that has begun, with all that a client can do. */
  async open(
    capabilities: object = ALL_LEGACY_CAPABILITIES, serverCapabilities: object = SERVER_CAPABILITIES, name = 'c',
  ): Promise<SimulatedSession> {
    const session = this.session();
    session.request('initialize', {
      protocolVersion: '2025-11-25', capabilities, clientInfo: { name, version: '1' },
    }, 'initialize');
    this.server.toServer.deliver();
    this.server.answer(this.server.last, { capabilities: serverCapabilities, supportedVersions: ['2026-07-28'] });
    this.server.toBridge.deliver();
    await settled();
    session.notify('notifications/initialized');
    this.server.toServer.deliver();
    return session;
  }
}

/** Resolves when promises that are settled have told so. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
