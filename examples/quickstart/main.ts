import { App, Size } from 'cdk8s';
import {
  GatewayAuth, McpFleet, McpNamespace, McpServer, McpSource, McpTier, McpVolume, Peer, Principal,
} from 'cdk8s-mcp';

const app = new App();

const fleet = new McpFleet(app, 'quickstart', {
  host: 'mcp.example.com',
  auth: GatewayAuth.oidc({
    issuer: 'https://auth.example.com',
    egress: [Peer.cidr('203.0.113.10/32', 443)],
  }),
});

// What everybody's work uses.
const utility = new McpNamespace(fleet, 'utility', { tier: McpTier.UTILITY });
const files = new McpServer(utility, 'files', {
  description: 'Reads and writes the shared files',
  source: McpSource.npm('@modelcontextprotocol/server-filesystem', '2026.8.31', { args: ['/data'] }),
  volumes: [McpVolume.persistent('/data', Size.gibibytes(1))],
});
const memory = new McpServer(utility, 'memory', {
  description: 'Remembers entities and how they relate',
  source: McpSource.npm('@modelcontextprotocol/server-memory', '2026.8.31'),
  env: { MEMORY_FILE_PATH: '/data/memory.jsonl' },
  volumes: [McpVolume.persistent('/data', Size.gibibytes(1))],
});

// What is being tried.
const experimental = new McpNamespace(fleet, 'experimental', { tier: McpTier.EXPERIMENTAL });
const everything = new McpServer(experimental, 'everything', {
  description: 'Shows every feature of the protocol',
  source: McpSource.npm('@modelcontextprotocol/server-everything', '2026.8.31'),
});

// Nothing is permitted that is not permitted here.
const support = Principal.group('support');
const engineering = Principal.group('engineering');
fleet.gateway.permit(support, files.tools('read_text_file', 'list_directory'));
fleet.gateway.permit(support, memory.allTools());
fleet.gateway.permit(engineering, files.allTools());
fleet.gateway.permit(engineering, memory.allTools());
fleet.gateway.permit(engineering, everything.allTools());

app.synth();
