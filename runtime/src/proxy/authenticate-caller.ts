import type { IncomingMessage } from 'node:http';
import { ASSERTION_HEADER } from '../../../lib/contract/assertions';
import type { AssertionVerifier } from '../auth/assertions/assertion-verifier';
import { InvalidAssertion } from '../auth/assertions/invalid-assertion';
import type { Principal } from '../auth/principal';
import { ERROR_CODE } from '../mcp/json-rpc';
import { Refusal } from './refusal';

/**
 * Tells who calls by what the gateway says of it, and refuses everybody else, on loopback too: a server shares it.
 * Without a promise where the same assertion has been verified before.
 */
export function createCallerAuthenticator(
  verifier: AssertionVerifier,
): (request: IncomingMessage) => Principal | Promise<Principal> {
  return (request) => {
    const assertion = request.headers[ASSERTION_HEADER];
    if (typeof assertion !== 'string') {
      throw refuse(`the header ${ASSERTION_HEADER} is missing: this server is to be called through its gateway`);
    }
    try {
      const principal = verifier.verify(assertion);
      return principal instanceof Promise ? principal.catch(rethrow) : principal;
    } catch (error) {
      return rethrow(error);
    }
  };
}

function rethrow(error: unknown): never {
  throw error instanceof InvalidAssertion ? refuse(error.message) : error;
}

function refuse(reason: string): Refusal {
  return new Refusal(401, ERROR_CODE.TRANSPORT_ERROR, `Not authenticated: ${reason}`);
}
