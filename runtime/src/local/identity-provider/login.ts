import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, type Provider } from 'oidc-provider';
import { readBody, send } from '../../platform/http';
import type { Accounts } from './accounts';
import { LOGIN_PAGE_HEADERS, loginPage } from './login-page';

const BODY_LIMIT_BYTES = 64 * 1024;

/** Shows the sign-in form (GET), or takes it (POST) and leads back to the client. */
export async function handleLogin(
  provider: Provider, accounts: Accounts, request: IncomingMessage, response: ServerResponse,
): Promise<void> {
  try {
    const { params } = await provider.interactionDetails(request, response);
    if (request.method === 'POST') {
      await signIn(provider, accounts, request, response);
    } else {
      const client = await provider.Client.find(String(params.client_id));
      const page = loginPage(client?.clientName ?? String(params.client_id));
      send(response, 200, 'text/html; charset=utf-8', page, LOGIN_PAGE_HEADERS);
    }
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) {
      throw error;
    }
    send(response, 400, 'text/plain; charset=utf-8', 'This sign-in has expired. Start again in your MCP client.\n');
  }
}

async function signIn(
  provider: Provider, accounts: Accounts, request: IncomingMessage, response: ServerResponse,
): Promise<void> {
  const form = new URLSearchParams((await readBody(request, BODY_LIMIT_BYTES)).toString());
  const subject = form.get('subject')?.trim() ?? '';
  if (subject === '') {
    return send(response, 400, 'text/plain; charset=utf-8', 'Say who you are: the field user is empty.\n');
  }
  const groups = (form.get('groups') ?? '').split(',').map((group) => group.trim()).filter((group) => group !== '');
  accounts.signIn(subject, groups);
  await provider.interactionFinished(request, response, { login: { accountId: subject, remember: false } });
}
