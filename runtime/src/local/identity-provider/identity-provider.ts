import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeServer } from '../../platform/close-server';
import { BodyTooLarge, pathOf, sendJson } from '../../platform/http';
import type { Running } from '../../platform/lifecycle';
import { listen, parseListenAddress } from '../../platform/listen';
import type { Logger } from '../../platform/logger';
import { Accounts } from './accounts';
import type { IdentityProviderConfig } from './configuration';
import { handleLogin } from './login';
import { MINT_PATH, handleMint } from './mint';
import { LOGIN_PATH, createProvider } from './provider';
import { newSigningKey } from './signing-key';
import { provideUrlParse } from './url-parse';

export interface RunningIdentityProvider extends Running {
  readonly issuer: string;
}

/** Starts the local run's OpenID provider. For development only: whoever reaches it may be anybody. */
export async function startIdentityProvider(
  config: IdentityProviderConfig, logger: Logger,
): Promise<RunningIdentityProvider> {
  provideUrlParse();
  const key = await newSigningKey();
  const accounts = new Accounts();
  const server = createServer();
  const issuer = await listen(server, parseListenAddress(config.listen));
  const provider = createProvider(issuer, config, key, accounts);
  provider.on('server_error', (_context, error) => logger.error({ err: error }, 'request failed'));
  const serveProtocol = provider.callback();

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = pathOf(request);
    if (path === MINT_PATH && request.method === 'POST') {
      await handleMint({ issuer, key, secret: config.mintSecret }, request, response);
    } else if (path.startsWith(LOGIN_PATH)) {
      await handleLogin(provider, accounts, request, response);
    } else {
      await serveProtocol(request, response);
    }
  };
  server.on('request', (request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) {
        response.destroy();
      } else {
        sendJson(response, error instanceof BodyTooLarge ? 413 : 500, { error: 'the request cannot be served' });
      }
      logger.error({ err: error }, 'request failed');
    });
  });
  return { issuer, stop: () => closeServer(server, 0) };
}
