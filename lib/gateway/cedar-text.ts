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
  const rule = {
    id: `${effect}-${principal._slug}-${target.server}-${target._action.replace('/', '-')}`,
    text: policy(effect, principal, target._action, resourceClause(target)),
  };
  const discovery = {
    id: `permit-${principal._slug}-${target.server}-discover`,
    text: policy('permit', principal, ACTION.DISCOVER, `resource == ${CEDAR.SERVER}::${cedarString(target.server)}`),
  };
  return effect === 'permit' ? [rule, discovery] : [rule];
}

function policy(effect: Effect, principal: Principal, action: string, resource: string): string {
  const condition = principal._condition === undefined ? '' : ` when { ${principal._condition} }`;
  return `${effect} (\n  ${principal._scope},\n  action == ${CEDAR.ACTION}::${cedarString(action)},\n  ${resource}\n)${condition};\n`;
}

function resourceClause(target: PolicyTarget): string {
  if (target._names === undefined) {
    return `resource in ${CEDAR.SERVER}::${cedarString(target.server)}`;
  }
  const type = ENTITY_OF_ACTION[target._action];
  const entities = target._names.map((name) => `${type}::${cedarString(targetId(target.server, name))}`);
  return entities.length === 1 ? `resource == ${entities[0]!}` : `resource in [\n    ${entities.join(',\n    ')}\n  ]`;
}
