import { Command } from 'commander';

interface Options {
  readonly config: string;
  readonly connectTo?: string;
}

export function registryCommand(): Command {
  return new Command('registry')
    .description('Tells callers which servers exist that they may use, and checks that those servers are healthy.')
    .requiredOption('--config <file>', 'configuration, YAML or JSON')
    .option('--connect-to <file>', 'lines host:port=host:port: where to really connect')
    .action(async (options: Options) => {
      const { runRegistry } = await import('../registry/run');
      await runRegistry(options);
    });
}
