import { Command, Option } from 'commander';
import type { RunProxyOptions } from '../proxy/run';

const EXAMPLES = `
Examples:
  # A published server for local clients at http://127.0.0.1:8080/mcp
  cdk8s-mcp proxy --listen 127.0.0.1:8080 -- npx -y @modelcontextprotocol/server-everything

  # What the synthesized manifests run
  cdk8s-mcp proxy --config /etc/cdk8s-mcp/proxy.yaml`;

export function proxyCommand(): Command {
  return new Command('proxy')
    .description('Serves a stdio MCP server as Streamable HTTP at /mcp.')
    .usage('--config FILE | --listen HOST:PORT [options] -- CMD ARG…')
    .argument('[command...]', 'program and arguments of the server, after --')
    .option('--config <file>', 'configuration, YAML or JSON, instead of the options below')
    .option('--listen <host:port>', 'loopback address to serve MCP on; port 0 takes a free one')
    .option('--admin <host:port>', 'loopback address for /health, /health/ready and /metrics', '127.0.0.1:0')
    .option('--name <name>', 'name of the server in logs and metrics', 'server')
    .addOption(new Option('--isolation <kind>', 'who shares a process of the server: session = nobody')
      .choices(['session']).default('session'))
    .option('--connect-to <file>', 'lines host:port=host:port of the local run: names by which the proxy is reached')
    .addHelpText('after', EXAMPLES)
    .action(async (command: string[], options: Omit<RunProxyOptions, 'command'>) => {
      const { runProxy } = await import('../proxy/run');
      await runProxy({ ...options, command });
    });
}
