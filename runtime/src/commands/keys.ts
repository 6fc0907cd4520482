import { Command, Option } from 'commander';
import { SESSION_KEYS } from '../../../lib/contract/session-keys';

interface InitOptions {
  readonly out?: string;
  readonly name: string;
  readonly namespace: string;
}

export function keysCommand(): Command {
  return new Command('keys')
    .description('Makes the keys that the gateway needs and no manifest contains.')
    .addCommand(initCommand());
}

function initCommand(): Command {
  return new Command('init')
    .description('Makes session keys for the gateway: a Secret to be piped to `kubectl apply -f -`, or a file.')
    .option('--namespace <namespace>', 'namespace of the Secret', 'mcp-system')
    .option('--name <name>', 'name of the Secret', SESSION_KEYS.SECRET)
    .addOption(new Option('--out <directory>', `write ${SESSION_KEYS.FILE} there instead`)
      .conflicts(['name', 'namespace']))
    .action(async ({ out, name, namespace }: InitOptions) => {
      const { sessionKeysSecret, writeSessionKeys } = await import('../auth/export-session-keys');
      if (out === undefined) {
        process.stdout.write(sessionKeysSecret(name, namespace));
      } else {
        process.stderr.write(`wrote ${writeSessionKeys(out)}\n`);
      }
    });
}
