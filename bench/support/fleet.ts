import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Program } from './program';
import type { Target } from './load';
import type { GatewayConfigInput } from '../../lib/contract/gateway-config';
import { newSessionKeySet } from '../../runtime/src/auth/session-keys';
import { startIssuer } from '../../runtime/src/auth/testing/issuer';

const ROOT = join(import.meta.dirname, '..', '..');
const CLI = [process.execPath, join(ROOT, 'bin', 'cdk8s-mcp.mjs')];
const PUBLIC_URL = 'https://mcp.example.com';
const POLICY = `permit (principal in Mcp::Group::"bench", action == Mcp::Action::"discover", resource);
permit (principal in Mcp::Group::"bench", action == Mcp::Action::"tools/call", resource in Mcp::Server::"echo");
`;

/** A candidate of the benchmark. */
export interface Candidate {
  readonly name: string;
  readonly program: Program;
  readonly target: Target;
}

export async function startBareServer(): Promise<Candidate> {
  const program = await Program.start([process.execPath, join(import.meta.dirname, 'bare-http-server.mjs')]);
  return { name: 'bare node:http', program, target: { url: new URL('/', program.url), headers: {}, hasSessions: false } };
}

/** Our proxy with the echo server as its child, one process for each session. */
export async function startProxy(sessions: number): Promise<Candidate> {
  const folder = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-bench-'));
  const config = join(folder, 'proxy.yaml');
  writeFileSync(config, stringify({
    server: 'echo', listen: '127.0.0.1:0', admin: '127.0.0.1:0',
    connector: { type: 'child', command: [process.execPath, join(import.meta.dirname, 'echo-server.mjs')] },
    // The gateway's sessions and the proxy's own, and the one that readiness asks for.
    limits: { sessions: 2 * sessions + 1 },
  }));
  const program = await Program.start([...CLI, 'proxy', '--config', config]);
  rmSync(folder, { recursive: true });
  return { name: 'proxy', program, target: { url: endpoint(program.url, '/mcp'), headers: {}, hasSessions: true } };
}

/** Our gateway in front of that proxy: token, policy, session id, audit record and metrics included. */
export async function startGateway(proxy: Candidate): Promise<Candidate & { stopIssuer: () => Promise<void> }> {
  const issuer = await startIssuer();
  const folder = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-bench-'));
  mkdirSync(join(folder, 'policy'));
  writeFileSync(join(folder, 'policy', 'bench.cedar'), POLICY);
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(newSessionKeySet()));
  const config: GatewayConfigInput = {
    listen: '127.0.0.1:0', admin: '127.0.0.1:0', publicUrl: PUBLIC_URL,
    authentication: { issuers: [{ issuer: issuer.issuer }] },
    policy: { directory: join(folder, 'policy') },
    sessionKeysFile: join(folder, 'keys.json'),
    servers: [{ name: 'echo', namespace: 'bench', tier: 'bench', url: proxy.target.url.href }],
  };
  writeFileSync(join(folder, 'gateway.yaml'), stringify(config));
  const program = await Program.start([...CLI, 'gateway', '--config', join(folder, 'gateway.yaml')]);
  rmSync(folder, { recursive: true });
  const token = await issuer.sign({ sub: 'bench', groups: ['bench'], aud: PUBLIC_URL });
  return {
    name: 'gateway (in front of proxy)', program,
    target: {
      url: endpoint(program.url, '/servers/echo/mcp'),
      headers: { authorization: `Bearer ${token}` },
      hasSessions: true,
    },
    stopIssuer: () => issuer.stop(),
  };
}

/** Programs say where they listen, some with the path of their endpoint. */
function endpoint(url: string, path: string): URL {
  return new URL(path, url);
}
