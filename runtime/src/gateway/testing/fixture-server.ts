import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { proxyConfigSchema, type ProxyConfigInput } from '../../../../lib/contract/proxy-config';
import { startProxy, type RunningProxy } from '../../proxy/proxy';

const FIXTURE = fileURLToPath(new URL('../../../../test/fixtures/stdio-server.mjs', import.meta.url));

/** The real proxy with the fixture server behind it. */
export function startFixtureServer(
  name: string, more: Pick<ProxyConfigInput, 'assertionKeys'> = {},
): Promise<RunningProxy> {
  const config: ProxyConfigInput = {
    server: name, listen: '127.0.0.1:0', admin: '127.0.0.1:0',
    connector: { type: 'child', command: [process.execPath, FIXTURE] },
    limits: { drainSeconds: 0.1 },
    ...more,
  };
  return startProxy(proxyConfigSchema.parse(config), { logger: pino({ level: 'silent' }) });
}
