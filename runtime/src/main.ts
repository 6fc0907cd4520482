import { Command, CommanderError } from 'commander';
import { UsageError } from './platform/usage-error';
import { VERSION } from './platform/version';

/** Every command loads its program only when it is called, so that `--help` stays quick. */
const COMMANDS: (() => Promise<Command>)[] = [
  async () => (await import('./commands/proxy')).proxyCommand(),
  async () => (await import('./commands/gateway')).gatewayCommand(),
  async () => (await import('./commands/registry')).registryCommand(),
  async () => (await import('./commands/up')).upCommand(),
  async () => (await import('./commands/identity-provider')).identityProviderCommand(),
  async () => (await import('./commands/token')).tokenCommand(),
  async () => (await import('./commands/keys')).keysCommand(),
];

async function main(): Promise<void> {
  const program = new Command('cdk8s-mcp')
    .description('Runs the programs of a fleet of MCP servers: the same ones that the synthesized manifests run.')
    .version(VERSION);
  for (const command of COMMANDS) {
    program.addCommand(await command());
  }
  throwInsteadOfExit(program);
  await program.parseAsync();
}

/** Commander exits with 1 on wrong usage. The status is ours to choose, for commands within commands too. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  command.commands.forEach(throwInsteadOfExit);
}

main().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exit(error.exitCode === 0 ? 0 : 2);
  }
  if (error instanceof UsageError) {
    process.stderr.write(`cdk8s-mcp: ${error.message}\n`);
    process.exit(2);
  }
  process.stderr.write(`cdk8s-mcp: unexpected failure: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
