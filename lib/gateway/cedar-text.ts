import { ACTION, CEDAR, targetId } from '../contract/policy';
import { cedarString } from './cedar-string';
import type { PolicyTarget } from './policy-target';
import type { Principal } from './principal';

export type Effect = 'permit' | 'forbid';

/** One rule about a principal and a target, as the user said it. */
export interface Statement {
  readonly effect: Effect;
  readonly principal: Principal;
  readonly target: PolicyTarget;
}

const ENTITY_OF_ACTION = {
  [ACTION.DISCOVER]: CEDAR.SERVER,
  [ACTION.CALL_TOOL]: CEDAR.TOOL,
  [ACTION.GET_PROMPT]: CEDAR.PROMPT,
  [ACTION.READ_RESOURCE]: CEDAR.RESOURCE,
};

/**
 * The policies of a fleet as Cedar text. Whoever may use something of a server may also see that the server
 * exists, so each permission brings the one to discover it.
 */
export function cedarPolicies(statements: readonly Statement[]): string {
  const policies = statements.flatMap(policiesOf);
  // What is said twice, word for word, stands once: many permissions bring the same one to discover.
  const ids = new Map<string, string>();
  const uses = new Map<string, number>();
  for (const { id, text } of policies) {
    if (!ids.has(text)) {
      const use = (uses.get(id) ?? 0) + 1;
      uses.set(id, use);
      ids.set(text, use === 1 ? id : `${id}-${use}`);
    }
  }
  return [...ids].map(([text, id]) => `@id(${cedarString(id)})\n${text}`).join('\n');
}

function policiesOf({ effect, principal, target }: Statement): { id: string; text: string }[] {
  const { serverName } = target.server;
  const rule = {
    id: `${effect}-${principal._slug}-${serverName}-${target._action.replace('/', '-')}`,
    text: policy(effect, principal, target._action, resourceClause(target)),
  };
  const discovery = {
    id: `permit-${principal._slug}-${serverName}-discover`,
    text: policy('permit', principal, ACTION.DISCOVER, {
      scope: `resource == ${CEDAR.SERVER}::${cedarString(serverName)}`,
    }),
  };
  return effect === 'permit' ? [rule, discovery] : [rule];
}

/** The head of a policy, and what must hold beside it. */
interface Clause {
  readonly scope: string;
  readonly condition?: string;
}

function policy(effect: Effect, principal: Principal, action: string, resource: Clause): string {
  const conditions = [principal._condition, resource.condition].filter((condition) => condition !== undefined);
  const when = conditions.length === 0 ? '' : ` when { ${conditions.join(' && ')} }`;
  return `${effect} (\n  ${principal._scope},\n  action == ${CEDAR.ACTION}::${cedarString(action)},\n`
    + `  ${resource.scope}\n)${when};\n`;
}

/** The head of a policy takes a single entity; several have to stand in a condition. */
function resourceClause(target: PolicyTarget): Clause {
  const { serverName } = target.server;
  const type = ENTITY_OF_ACTION[target._action];
  const entities = target._names?.map((name) => `${type}::${cedarString(targetId(serverName, name))}`);
  if (entities === undefined) {
    return { scope: `resource in ${CEDAR.SERVER}::${cedarString(serverName)}` };
  }
  return entities.length === 1
    ? { scope: `resource == ${entities[0]!}` }
    : { scope: `resource is ${type}`, condition: `resource in [\n  ${entities.join(',\n  ')}\n]` };
}
