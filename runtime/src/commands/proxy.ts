import { Command } from 'commander';

export function proxyCommand(): Command {
  return new Command('proxy');
}
