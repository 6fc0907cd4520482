import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { GatewayConfigInput } from '../../lib/contract/gateway-config';
import { newSessionKeySet } from '../../runtime/src/auth/session-keys';
import { startIssuer } from '../../runtime/src/auth/testing/issuer';
import type { Candidate } from './candidate';
import { CLI } from './files';
import { HttpLoad } from './http-load';
import { Program } from './program';
import { temporaryDirectory } from './temporary';

const PUBLIC_URL = 'https://mcp.example.com';
const POLICY = `permit (principal in Mcp::Group::"bench", action == Mcp::Action::"discover", resource);
permit (principal in Mcp::Group::"bench", action == Mcp::Action::"tools/call", resource in Mcp::Server::"echo");
`;

/** Our gateway in front of a proxy: token, policy, session id, audit record and metrics included. */
export async function startGateway(proxy: Candidate): Promise<Candidate> {
  const issuer = await startIssuer();
  const folder = temporaryDirectory();
  mkdirSync(join(folder, 'policy'));
  writeFileSync(join(folder, 'policy', 'bench.cedar'), POLICY);
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(newSessionKeySet()));
  const config: GatewayConfigInput = {
    listen: '127.0.0.1:0', admin: '127.0.0.1:0', publicUrl: PUBLIC_URL,
    authentication: { issuers: [{ issuer: issuer.issuer }] },
    policy: { directory: join(folder, 'policy') },
    sessionKeysFile: join(folder, 'keys.json'),
    servers: [{ name: 'echo', namespace: 'bench', tier: 'bench', url: proxy.target!.url.href }],
  };
  writeFileSync(join(folder, 'gateway.yaml'), stringify(config));
  const program = await Program.start([process.execPath, CLI, 'gateway', '--config', join(folder, 'gateway.yaml')]);
  const token = await issuer.sign({ sub: 'bench', groups: ['bench'], aud: PUBLIC_URL });
  const target = {
    url: new URL('/servers/echo/mcp', program.url),
    headers: { authorization: `Bearer ${token}` },
    hasSessions: true,
  };
  return {
    program,
    target,
    connect: (sessions) => HttpLoad.connect(target, sessions),
    stop: async () => {
      await program.stop();
      await issuer.stop();
    },
  };
}
