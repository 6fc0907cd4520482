import { Command } from 'commander';
import { UsageError } from '../platform/usage-error';

interface Options {
  readonly sub: string;
  readonly group?: readonly string[];
  readonly scope?: readonly string[];
  readonly ttl: number;
  readonly audience?: string;
  readonly stateDir?: string;
}

export function tokenCommand(): Command {
  return new Command('token')
    .description('Prints an access token for the local fleet that `up` runs.')
    .requiredOption('--sub <subject>', 'who the token speaks for')
    .option('--group <group>', 'a group that the subject is in; repeatable', append)
    .option('--scope <scope>', 'a scope of the token; repeatable', append)
    .option('--ttl <seconds>', 'lifetime; a negative one makes an expired token', wholeSeconds, 3600)
    .option('--audience <url>', 'what the token is for (default: the whole fleet)')
    .option('--state-dir <directory>', 'the state directory of the fleet (default: the fleet started here)')
    .action(async ({ sub, group = [], scope = [], ttl, audience, stateDir }: Options) => {
      const { findFleet } = await import('../local/fleet-file');
      const { requestToken } = await import('../local/request-token');
      const fleet = findFleet(stateDir);
      const token = await requestToken(fleet, {
        subject: sub, groups: [...group], scopes: [...scope], ttlSeconds: ttl, audience: audience ?? fleet.audience,
      });
      process.stdout.write(`${token}\n`);
    });
}

function append(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

function wholeSeconds(text: string): number {
  if (!/^-?\d+$/.test(text)) {
    throw new UsageError(`--ttl ${text} is not a whole number of seconds`);
  }
  return Number(text);
}
