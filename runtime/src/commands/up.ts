import { Command } from 'commander';
import { runUntilSignal } from '../platform/lifecycle';
import { parseListenAddress } from '../platform/listen';
import { createLogger } from '../platform/logger';
import { UsageError } from '../platform/usage-error';

interface Options {
  readonly listen?: string;
  readonly command?: ReadonlyMap<string, string>;
  readonly stateDir?: string;
  readonly quiet?: boolean;
}

export function upCommand(): Command {
  return new Command('up')
    .description('Runs the fleet in synthesized manifests as processes of this machine, with a development identity provider.')
    .argument('<directory>', 'where cdk8s synth wrote the manifests, such as dist/')
    .option('--listen <host:port>', 'where the gateway listens (default: a free port on 127.0.0.1)')
    .option('--command <name=command>', 'runs this in place of the image of a server or workload, over stdio or listening on $PORT as the image does; repeatable', addCommand)
    .option('--state-dir <directory>', 'keeps volumes, logs and audit records here (default: a temporary directory)')
    .option('--quiet', 'programs log into files only, not to stderr')
    .action(async (directory: string, options: Options) => {
      if (options.listen !== undefined) {
        parseListenAddress(options.listen);
      }
      const { Fleet } = await import('../local/fleet');
      const logger = createLogger('up');
      const fleet = new Fleet({
        directory,
        listen: options.listen,
        commands: options.command ?? new Map<string, string>(),
        stateDirectory: options.stateDir,
        cli: [...process.execArgv, process.argv[1]!],
        print: (line) => process.stdout.write(`${line}\n`),
        forwardLog: options.quiet ? undefined : (line) => process.stderr.write(`${line}\n`),
        logger,
      });
      // However this process ends, short of SIGKILL, nothing stays behind.
      process.once('exit', () => fleet.kill());
      const ended = runUntilSignal(fleet, logger);
      await fleet.start();
      await ended;
    });
}

function addCommand(
  text: string, commands: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const match = /^([^=\s]+)=(.+)$/s.exec(text);
  if (match === null) {
    throw new UsageError(`--command ${text} is not NAME='command': write, for example, --command crm='node server.js'`);
  }
  return new Map([...commands, [match[1]!, match[2]!]]);
}
