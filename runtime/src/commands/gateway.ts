import { Command } from 'commander';

interface Options {
  readonly config: string;
  readonly connectTo?: string;
}

const DETAILS = `
Serves, to callers with an access token of the fleet's issuers and as far as policy permits:
  /mcp                 the whole fleet as one server, tools named SERVER__TOOL
  /servers/NAME/mcp    one server, names unchanged
  /discover            the servers that the caller may use now
and on the administration port /health, /health/ready and /metrics.

Proxies behind it are told who calls by assertions that it signs; clients' own tokens reach no server.

Audit records go to stdout, one JSON object a line for every request; logs go to stderr.

Environment, over the file:
  AUTH_ISSUER          accepts tokens of this issuer only
  TOOL_REGISTRY_URL    asks this registry
  LOG_LEVEL            trace, debug, info (default), warn or error

Example:
  cdk8s-mcp gateway --config /etc/cdk8s-mcp/gateway.yaml`;

export function gatewayCommand(): Command {
  return new Command('gateway')
    .description('Authenticates callers, decides by policy, and routes them to the servers of the fleet.')
    .requiredOption('--config <file>', 'configuration, YAML or JSON')
    .option('--connect-to <file>', 'lines host:port=host:port: where to really connect')
    .addHelpText('after', DETAILS)
    .action(async (options: Options) => {
      const { runGateway } = await import('../gateway/run');
      await runGateway(options);
    });
}
