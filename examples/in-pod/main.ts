// Servers that come as images and talk over stdin and stdout. Nothing of ours has to be in the images.
// On this machine programs run in their place:
//   cdk8s-mcp up dist/ --command memory='npx @modelcontextprotocol/server-memory' --command time='uvx mcp-server-time'
import { App, Size } from 'cdk8s';
import {
  GatewayAuth, McpConnector, McpFleet, McpNamespace, McpServer, McpSource, McpTier, McpTransport, McpVolume, Peer,
  Principal,
} from 'cdk8s-mcp';

const app = new App();

const fleet = new McpFleet(app, 'in-pod', {
  host: 'mcp.example.com',
  auth: GatewayAuth.oidc({
    issuer: 'https://auth.example.com',
    egress: [Peer.cidr('203.0.113.10/32', 443)],
  }),
});
const team = new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY });

// An image of Node. The command is what `docker inspect` shows as Entrypoint and Cmd.
const memory = new McpServer(team, 'memory', {
  description: 'Remembers entities and how they relate',
  source: McpSource.oci('registry.example.com/mcp/memory:2026.8.31', { command: ['node', '/app/dist/index.js'] }),
  transport: McpTransport.stdio(),
  env: { MEMORY_FILE_PATH: '/data/memory.jsonl' },
  volumes: [McpVolume.persistent('/data', Size.gibibytes(1))],
});

// An image of Python: a smaller process, for more sessions in each of more pods.
const time = new McpServer(team, 'time', {
  description: 'Tells the time anywhere',
  source: McpSource.oci('registry.example.com/mcp/time:2026.8.31', {
    command: ['python', '-m', 'mcp_server_time'],
    args: ['--local-timezone', 'Etc/UTC'],
  }),
  transport: McpTransport.stdio({
    maxSessions: 16,
    memoryPerSession: Size.mebibytes(64),
    connector: McpConnector.inPod({ tasksPerSession: 32 }),
  }),
  replicas: 3,
});

const everybody = Principal.group('everybody');
fleet.gateway.permit(everybody, memory.allTools());
fleet.gateway.permit(everybody, time.allTools());

app.synth();
