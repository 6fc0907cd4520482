import type { EntityJson, EntityUid, StatefulAuthorizationCall } from '@cedar-policy/cedar-wasm/nodejs';
import { ACTION, CEDAR, targetId, type PolicyAction } from '../../../lib/contract/policy';
import type { Caller } from '../auth/caller';

/** What policies may know about a server. */
export interface PolicyServer {
  readonly name: string;
  readonly namespace: string;
  readonly tier: string;
}

export type AuthorizationRequest = Omit<StatefulAuthorizationCall, 'preparsedPolicySetId'>;

/** What each action is done to, and the attribute that holds the target's own name. */
const TARGET = {
  [ACTION.CALL_TOOL]: { type: CEDAR.TOOL, attribute: 'name' },
  [ACTION.GET_PROMPT]: { type: CEDAR.PROMPT, attribute: 'name' },
  [ACTION.READ_RESOURCE]: { type: CEDAR.RESOURCE, attribute: 'uri' },
} as const;

/** A question to Cedar. Names that come from outside are data in it, never policy text. */
export function authorizationRequest(
  caller: Caller, action: PolicyAction, server: PolicyServer, target: string,
): AuthorizationRequest {
  const user = userEntity(caller);
  const entities = [user, serverEntity(server)];
  if (action !== ACTION.DISCOVER) {
    entities.push(targetEntity(action, server, target));
  }
  return {
    principal: user.uid,
    action: { type: CEDAR.ACTION, id: action },
    resource: entities.at(-1)!.uid,
    context: {},
    entities,
  };
}

function userEntity({ issuer, subject, groups, scopes }: Caller): EntityJson {
  return {
    uid: { type: CEDAR.USER, id: `${issuer}#${subject}` },
    attrs: { issuer, subject, scopes: [...scopes] },
    parents: groups.map((id) => ({ type: CEDAR.GROUP, id })),
  };
}

function serverEntity({ name, namespace, tier }: PolicyServer): EntityJson {
  return { uid: serverUid(name), attrs: { namespace }, parents: [{ type: CEDAR.TIER, id: tier }] };
}

function targetEntity(
  action: keyof typeof TARGET, server: PolicyServer, target: string,
): EntityJson {
  const { type, attribute } = TARGET[action];
  return {
    uid: { type, id: targetId(server.name, target) },
    attrs: { [attribute]: target },
    parents: [serverUid(server.name)],
  };
}

function serverUid(name: string): EntityUid {
  return { type: CEDAR.SERVER, id: name };
}
