import { ACTION, type PolicyAction } from '../../../../lib/contract/policy';
import { ERROR_CODE, type JsonRpcRequest } from '../../mcp/json-rpc';
import { OUTCOME } from '../outcome';
import { Refusal } from '../refusal';

type Params = Readonly<Record<string, unknown>>;

/** What a method does, in the terms of policy. */
interface Rule {
  readonly action: PolicyAction;
  /** What it is done to; absent when it is the server itself. */
  readonly target?: (params: Params) => unknown;
}

/** Whether the caller may know of the server at all. */
export const SEE_SERVER = { action: ACTION.DISCOVER } as const;
const READ_RESOURCE: Rule = { action: ACTION.READ_RESOURCE, target: ({ uri }) => uri };

/** Its rule depends on what is completed. */
const COMPLETE = 'completion/complete';

/** Every other method that clients may call. Lists are answered to all who see the server, and filtered. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['initialize', SEE_SERVER],
  ['ping', SEE_SERVER],
  ['logging/setLevel', SEE_SERVER],
  ['tools/list', SEE_SERVER],
  ['prompts/list', SEE_SERVER],
  ['resources/list', SEE_SERVER],
  ['resources/templates/list', SEE_SERVER],
  ['tools/call', { action: ACTION.CALL_TOOL, target: ({ name }) => name }],
  ['prompts/get', { action: ACTION.GET_PROMPT, target: ({ name }) => name }],
  ['resources/read', READ_RESOURCE],
  ['resources/subscribe', READ_RESOURCE],
  ['resources/unsubscribe', READ_RESOURCE],
]);

/** Whether clients may call a method at all. */
export function isKnownMethod(method: string): boolean {
  return RULES.has(method) || method === COMPLETE;
}

const KIND: Partial<Record<PolicyAction, string>> = {
  [ACTION.CALL_TOOL]: 'tool', [ACTION.GET_PROMPT]: 'prompt', [ACTION.READ_RESOURCE]: 'resource',
};

/** What policy is to be asked about a request. */
export interface Question {
  readonly action: PolicyAction;
  readonly target?: string;
}

/** @throws Refusal when the method is unknown or does not say what it is about. */
export function questionOf({ method, params = {} }: JsonRpcRequest): Question {
  const rule = method === COMPLETE ? completionRule(params) : RULES.get(method);
  if (rule === undefined) {
    throw new Refusal(`Method not found: ${method}`, { status: 200, code: ERROR_CODE.METHOD_NOT_FOUND });
  }
  if (rule.target === undefined) {
    return { action: rule.action };
  }
  const target = rule.target(params);
  if (typeof target !== 'string') {
    throw new Refusal(`${method} does not name its ${KIND[rule.action]}`, {
      status: 200, code: ERROR_CODE.INVALID_PARAMS,
    });
  }
  return { action: rule.action, target };
}

/** To complete an argument is to look into the prompt or the resource template that it belongs to. */
function completionRule({ ref }: Params): Rule {
  const { type, name, uri } = (ref ?? {}) as Params;
  return type === 'ref/resource'
    ? { action: ACTION.READ_RESOURCE, target: () => uri }
    : { action: ACTION.GET_PROMPT, target: () => name };
}

/** The answer to what is denied: the same as for what does not exist. */
export function unknownTarget({ action, target }: Question): Refusal {
  return new Refusal(`Unknown ${KIND[action]}: ${target}`, {
    status: 200, code: ERROR_CODE.INVALID_PARAMS, outcome: OUTCOME.DENIED,
  });
}
