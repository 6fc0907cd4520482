import { Command, Option } from 'commander';
import { UsageError } from '../platform/usage-error';

interface InitOptions {
  readonly out?: string;
  readonly gateway: string;
  readonly namespace: string;
  readonly serverNamespace: readonly string[];
}

const DETAILS = `
The session keys encrypt session ids, and only the gateway has them. With the assertion key the gateway signs who
calls; every proxy has its public half, and accepts nothing else. Made are
  Secret GATEWAY-session-keys    in the gateway's namespace
  Secret GATEWAY-assertion-key   in the gateway's namespace
  ConfigMap mcp-assertion-keys   in each namespace with servers that talk stdio
Nothing is overwritten: 'kubectl create' refuses what exists, and so does --out. With new session keys all sessions
end; with a new assertion key proxies refuse every call until they have its public half.

Examples:
  cdk8s-mcp keys init --server-namespace core --server-namespace utility | kubectl create -f -
  cdk8s-mcp keys init --out keys    # files, for whatever else makes the Secrets (External Secrets, Vault, SOPS)`;

export function keysCommand(): Command {
  return new Command('keys')
    .description('Makes the keys that gateway and proxies need and no manifest contains.')
    .addCommand(initCommand());
}

function initCommand(): Command {
  const collect = (value: string, values: readonly string[]) => [...values, value];
  return new Command('init')
    .description('Makes session and assertion keys: objects to be piped to `kubectl create -f -`, or files.')
    .option('--namespace <namespace>', 'namespace of the gateway', 'mcp-system')
    .option('--gateway <name>', 'name of the gateway', 'mcp-gateway')
    .option('--server-namespace <namespace>', 'namespace of servers; once for each', collect, [])
    .addOption(new Option('--out <directory>', 'write files there instead')
      .conflicts(['gateway', 'namespace', 'serverNamespace']))
    .addHelpText('after', DETAILS)
    .action(async ({ out, gateway, namespace, serverNamespace: serverNamespaces }: InitOptions) => {
      const { keyObjects, writeKeys } = await import('../auth/export-keys');
      if (out !== undefined) {
        (await writeKeys(out)).forEach((file) => process.stderr.write(`wrote ${file}\n`));
      } else if (serverNamespaces.length > 0) {
        process.stdout.write(await keyObjects({ gateway, namespace, serverNamespaces }));
      } else {
        throw new UsageError('the public key would be lost: say where servers run by --server-namespace NAMESPACE, '
          + 'once for each, or write files by --out DIRECTORY');
      }
    });
}
