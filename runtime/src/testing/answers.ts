// What the clients of tests answer to the questions of servers.

/** The directories that a client offers: whoever takes them for a grant may read everything. */
export const ROOTS = [{ uri: 'file:///', name: 'everything' }];

export const SAMPLED = {
  model: 'none', role: 'assistant' as const, content: { type: 'text' as const, text: 'sampled' },
};

interface Form {
  readonly requestedSchema?: {
    readonly properties: Record<string, { readonly type?: string }>;
    readonly required?: string[];
  };
}

/** Fills in what a form requires. Who is to visit a URL has nothing to fill in. */
export function elicited(params: unknown) {
  const { properties = {}, required = [] } = (params as Form).requestedSchema ?? {};
  const content = required.map((name) => [name, valueOf(name, properties[name]?.type)] as const);
  return { action: 'accept' as const, ...(content.length > 0 && { content: Object.fromEntries(content) }) };
}

/** The answer to a question of any kind. */
export function answerTo(method: string, params: unknown): object {
  switch (method) {
    case 'elicitation/create':
      return elicited(params);
    case 'sampling/createMessage':
      return SAMPLED;
    case 'roots/list':
      return { roots: ROOTS };
    default:
      throw new Error(`no question that servers may ask: ${method}`);
  }
}

function valueOf(name: string, type: string | undefined): string | boolean {
  if (type === 'boolean') {
    return true;
  }
  return name === 'name' ? 'Ada' : `my ${name}`;
}
