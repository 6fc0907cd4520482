import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Counter } from 'prom-client';
import { DISCOVERY_OUTCOME, type DiscoveryOutcome } from '../../../lib/contract/metrics';
import { DISCOVER_PATH, serverRoute } from '../../../lib/contract/paths';
import { ACTION } from '../../../lib/contract/policy';
import type { RegistryConfig } from '../../../lib/contract/registry-config';
import type { Authenticator } from '../auth/authenticate';
import type { Caller } from '../auth/caller';
import { pathOf, sendJson } from '../platform/http';
import type { Logger } from '../platform/logger';
import type { PolicyEngine } from '../policy/policy-engine';

export interface DiscoveryOptions {
  readonly config: Pick<RegistryConfig, 'publicUrl' | 'servers'>;
  readonly authenticator: Authenticator;
  readonly policy: PolicyEngine;
  readonly isHealthy: (server: string) => boolean;
  /** METRIC.DISCOVERY_REQUESTS */
  readonly requests: Counter;
  readonly logger: Logger;
}

/** Tells each caller which servers it may see and can use now. */
export function discoveryListener(options: DiscoveryOptions): RequestListener {
  const count = (outcome: DiscoveryOutcome, requests = 1) => options.requests.inc({ outcome }, requests);
  // Alerts divide by these: they exist from the start.
  Object.values(DISCOVERY_OUTCOME).forEach((outcome) => count(outcome, 0));

  return (request, response) => {
    if (pathOf(request) !== DISCOVER_PATH) {
      return sendJson(response, 404, { error: `serves ${DISCOVER_PATH}` });
    }
    if (request.method !== 'GET') {
      return sendJson(response, 405, { error: 'only GET is served here' }, { allow: 'GET' });
    }
    discover(options, request, response).then(count, (error: unknown) => {
      options.logger.error({ err: error }, 'discovery failed');
      count(DISCOVERY_OUTCOME.ERROR);
      sendJson(response, 500, { error: 'internal error' });
    });
  };
}

async function discover(
  options: DiscoveryOptions, request: IncomingMessage, response: ServerResponse,
): Promise<DiscoveryOutcome> {
  const authentication = await options.authenticator.authenticate(request, DISCOVER_PATH);
  if ('refusal' in authentication) {
    const { status, body, headers } = authentication.refusal;
    sendJson(response, status, body, headers);
    return status === 503 ? DISCOVERY_OUTCOME.UNAVAILABLE : DISCOVERY_OUTCOME.REFUSED;
  }
  // Another caller sees other servers, and so does this one when a server's health changes.
  sendJson(response, 200, { servers: serversFor(authentication.caller, options) }, { 'cache-control': 'no-store' });
  return DISCOVERY_OUTCOME.OK;
}

function serversFor(caller: Caller, { config, policy, isHealthy }: DiscoveryOptions): object[] {
  return config.servers
    .filter(({ name }) => isHealthy(name) && policy.decide(caller, ACTION.DISCOVER, name).allowed)
    .map(({ name, namespace, tier, description, owner }) => ({
      name, url: config.publicUrl + serverRoute(name), namespace, tier, description, owner, healthy: true,
    }));
}
