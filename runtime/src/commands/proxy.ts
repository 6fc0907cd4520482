import { Command, Option } from 'commander';
import type { RunProxyOptions } from '../proxy/run';

const DETAILS = `
Isolation, that is who shares a process of the server:
  session     nobody. A client of 2026-07-28 has no sessions: its caller's requests share a process.
  principal   a caller with itself. Needs --assertion-keys, or nobody could tell callers apart.
  shared      everybody. For servers that keep nothing of one caller that another must not see.

Without --assertion-keys whoever reaches the port may call, so it has to be a loopback address.

Roots are directories that a client offers. Some servers, server-filesystem among them, give access to them
instead of to those that they were started with: --roots allow lets callers choose what the server opens.

Examples:
  # A published server for local clients at http://127.0.0.1:8080/mcp
  cdk8s-mcp proxy --listen 127.0.0.1:8080 -- npx -y @modelcontextprotocol/server-everything

  # The same, for callers that a gateway vouches for, each with a process of its own
  cdk8s-mcp proxy --listen 0.0.0.0:8080 --isolation principal --assertion-keys keys.json -- node server.js

  # What the synthesized manifests run
  cdk8s-mcp proxy --config /etc/cdk8s-mcp/proxy.yaml`;

export function proxyCommand(): Command {
  return new Command('proxy')
    .description('Serves a stdio MCP server as Streamable HTTP at /mcp.')
    .usage('--config FILE | --listen HOST:PORT [options] -- CMD ARG…')
    .argument('[command...]', 'program and arguments of the server, after --')
    .option('--config <file>', 'configuration, YAML or JSON, instead of the options below')
    .option('--listen <host:port>', 'address to serve MCP on; port 0 takes a free one')
    .option('--admin <host:port>', 'address for /health, /health/ready and /metrics', '127.0.0.1:0')
    .option('--name <name>', 'name of the server in logs and metrics', 'server')
    .addOption(new Option('--isolation <kind>', 'who shares a process of the server')
      .choices(['session', 'principal', 'shared']).default('session'))
    .addOption(new Option('--roots <what>', 'whether the server learns of the directories that clients offer')
      .choices(['strip', 'allow']).default('strip'))
    .option('--assertion-keys <file>', 'public keys (JWK Set) of the gateways that may call')
    .option('--connect-to <file>', 'lines host:port=host:port of the local run: names by which the proxy is reached')
    .addHelpText('after', DETAILS)
    .action(async (command: string[], options: Omit<RunProxyOptions, 'command'>) => {
      const { runProxy } = await import('../proxy/run');
      await runProxy({ ...options, command });
    });
}
