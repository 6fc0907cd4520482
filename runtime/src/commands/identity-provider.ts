import { Command } from 'commander';
import { loadConfigFile } from '../platform/config-file';
import { runUntilSignal } from '../platform/lifecycle';
import { createLogger } from '../platform/logger';

export function identityProviderCommand(): Command {
  return new Command('identity-provider')
    .description('the development OpenID provider that `up` starts: whoever reaches it may be anybody')
    .requiredOption('--config <file>', 'configuration file that `up` wrote')
    .action(async ({ config: file }: { config: string }) => {
      const { identityProviderConfigSchema } = await import('../local/identity-provider/configuration');
      const { startIdentityProvider } = await import('../local/identity-provider/identity-provider');
      const logger = createLogger('identity-provider');
      const running = await startIdentityProvider(loadConfigFile(file, identityProviderConfigSchema), logger);
      logger.info({ url: running.issuer }, 'listening');
      await runUntilSignal(running, logger);
    });
}
