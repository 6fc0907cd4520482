import { Command } from 'commander';

export function gatewayCommand(): Command {
  return new Command('gateway');
}
