import { ACTION, type PolicyAction } from '../../../../lib/contract/policy';

/** Whether the caller may use what a list names. */
export type Permits = (action: PolicyAction, target: string) => boolean;

/** Lists in results: what guards the use of their items, and the item's member that names it. */
const LISTS = {
  tools: { action: ACTION.CALL_TOOL, name: 'name' },
  prompts: { action: ACTION.GET_PROMPT, name: 'name' },
  resources: { action: ACTION.READ_RESOURCE, name: 'uri' },
  resourceTemplates: { action: ACTION.READ_RESOURCE, name: 'uriTemplate' },
} as const;

/**
 * Takes out of a message whatever list items the caller may not use: no client is shown what its call would be refused.
 * Lists are known by their place in a result, for a stream that is resumed brings answers without their requests.
 *
 * @returns the same text when nothing was taken out
 * @throws SyntaxError when it is no JSON: what cannot be looked into is not to be passed on
 */
export function filterLists(message: string, permits: Permits): string {
  const parsed = JSON.parse(message) as { readonly result?: unknown } | null;
  const result = parsed?.result;
  if (!isObject(result)) {
    return message;
  }
  let changed = false;
  for (const [key, { action, name }] of Object.entries(LISTS)) {
    const items = result[key];
    if (Array.isArray(items)) {
      const kept = items.filter((item) => isPermitted(item, name, (target) => permits(action, target)));
      changed ||= kept.length < items.length;
      result[key] = kept;
    }
  }
  return changed ? JSON.stringify(parsed) : message;
}

function isPermitted(item: unknown, name: string, permits: (target: string) => boolean): boolean {
  const target = isObject(item) ? item[name] : undefined;
  return typeof target === 'string' && permits(target);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
