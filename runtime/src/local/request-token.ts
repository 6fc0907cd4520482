import { UsageError } from '../platform/usage-error';
import type { FleetFile } from './fleet-file';
import { mintAnswerSchema, type MintRequest } from './identity-provider/mint';

/**
 * Has the identity provider of a running fleet make a token.
 *
 * @throws UsageError when the fleet does not run any more, or refuses.
 */
export async function requestToken(
  fleet: Pick<FleetFile, 'tokenEndpoint' | 'tokenSecret'>, request: MintRequest,
): Promise<string> {
  const response = await fetch(fleet.tokenEndpoint, {
    method: 'POST',
    headers: { 'authorization': `Bearer ${fleet.tokenSecret}`, 'content-type': 'application/json' },
    body: JSON.stringify(request),
  }).catch(() => undefined);
  if (response === undefined) {
    throw new UsageError('the fleet that was started here does not run any more: start it with cdk8s-mcp up DIR');
  }
  const answer = mintAnswerSchema.parse(await response.json());
  if ('error' in answer) {
    throw new UsageError(`no token: ${answer.error}`);
  }
  return answer.token;
}
