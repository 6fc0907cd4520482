import type { RunningProxy } from '../../proxy/proxy';
import type { RawClient, ReceivedMessage } from '../../testing/raw-client';
import type { RunningGateway } from '../gateway';
import { startFixtureServer } from './fixture-server';
import { startScriptedServer, type ScriptedServer } from './scripted-server';
import { startTestFleet, type TestFleet, type TestFleetOptions } from './test-fleet';

const POLICY = `
permit (principal in Mcp::Group::"engineering", action, resource);
permit (principal in Mcp::Group::"support", action == Mcp::Action::"discover", resource == Mcp::Server::"files");
permit (principal in Mcp::Group::"support", action == Mcp::Action::"tools/call", resource == Mcp::Tool::"files/echo");
permit (principal in Mcp::Group::"odd", action, resource == Mcp::Server::"scripted");
permit (principal in Mcp::Group::"odd", action, resource in Mcp::Server::"scripted");
`;

/** May use everything. */
export const ENGINEERING = { sub: 'ada', groups: ['engineering'] };
/** May use one tool of one server. */
export const SUPPORT = { sub: 'sam', groups: ['support'] };
/** May use only the server whose behaviour the test writes. */
export const ODD = { sub: 'otto', groups: ['odd'] };

/** A fleet of two real servers, one that does what the test writes, and one that is dead. */
export class MixedFleet {
  private constructor(
    readonly fleet: TestFleet,
    readonly scripted: ScriptedServer,
    readonly files: RunningProxy,
    private readonly crm: RunningProxy,
    private readonly options: TestFleetOptions,
  ) {}

  static async start(): Promise<MixedFleet> {
    const [files, crm, scripted] = await Promise.all([
      startFixtureServer('files'), startFixtureServer('crm'), startScriptedServer(),
    ]);
    const options = {
      policy: POLICY,
      servers: { files: files.url, crm: crm.url, scripted: scripted.url, dead: 'http://127.0.0.1:1/mcp' },
    };
    return new MixedFleet(await startTestFleet(options), scripted, files, crm, options);
  }

  get url(): string {
    return `${this.fleet.gateway.url}/mcp`;
  }

  /** Lets the scripted server behave well again. */
  reset(): void {
    this.scripted.script = () => false;
    this.scripted.received.length = 0;
  }

  startReplica(): Promise<RunningGateway> {
    return this.fleet.startReplica(this.options);
  }

  /** A client that has a session with the whole fleet. */
  async startSession(claims = ENGINEERING): Promise<RawClient> {
    const client = await this.fleet.client('/mcp', claims);
    await client.initialize({ elicitation: {}, sampling: {}, roots: {} });
    return client;
  }

  async stop(): Promise<void> {
    await this.fleet.stop();
    await Promise.all([this.files.stop(), this.crm.stop(), this.scripted.stop()]);
  }
}

export async function toolsOf(client: RawClient): Promise<string[]> {
  const { result } = await answerTo(client.post(client.request('tools/list')));
  return (result!.tools as { name: string }[]).map(({ name }) => name);
}

export async function answerTo(response: Promise<Response>): Promise<ReceivedMessage> {
  return await (await response).json() as ReceivedMessage;
}
