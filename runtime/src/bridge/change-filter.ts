/** What a client wants to be told of: the `notifications` of `subscriptions/listen` (2026-07-28). */
export interface ChangeFilter {
  readonly toolsListChanged?: boolean;
  readonly promptsListChanged?: boolean;
  readonly resourcesListChanged?: boolean;
  /** URIs of resources. */
  readonly resourceSubscriptions?: readonly string[];
}

/** The notification of each kind of list. */
const LIST_METHODS = {
  toolsListChanged: 'notifications/tools/list_changed',
  promptsListChanged: 'notifications/prompts/list_changed',
  resourcesListChanged: 'notifications/resources/list_changed',
} as const;

const RESOURCE_UPDATED = 'notifications/resources/updated';

const CHANGE_METHODS: ReadonlySet<string> = new Set([...Object.values(LIST_METHODS), RESOURCE_UPDATED]);

/** Whether a notification is one of those that filters are about. */
export function isChange(method: string): boolean {
  return CHANGE_METHODS.has(method);
}

/** A client may watch so many resources at once, with URIs of so many characters: each is kept in memory. */
const MOST_URIS = 256;
const LONGEST_URI = 2048;

/** Whether a client that watches the one resources may watch this one, too. */
function mayWatch(uri: unknown, watched: number): uri is string {
  return typeof uri === 'string' && uri.length <= LONGEST_URI && watched < MOST_URIS;
}

/** @throws Error when it may not. */
export function checkMayWatch(uri: string, watched: number): void {
  if (!mayWatch(uri, watched)) {
    throw new Error('The client watches as many resources as it may, or the URI is too long');
  }
}

interface ChangingCapabilities {
  readonly tools?: { listChanged?: boolean };
  readonly prompts?: { listChanged?: boolean };
  readonly resources?: { listChanged?: boolean; subscribe?: boolean };
}

/** All lists whose changes a server tells, by its capabilities. */
export function listsThatChange({ tools, prompts, resources }: ChangingCapabilities): ChangeFilter {
  return {
    ...(tools?.listChanged === true && { toolsListChanged: true }),
    ...(prompts?.listChanged === true && { promptsListChanged: true }),
    ...(resources?.listChanged === true && { resourcesListChanged: true }),
  };
}

/** What of a filter a server of these capabilities can honour. Whatever the client sent, the result is well formed. */
export function honoured(requested: unknown, capabilities: ChangingCapabilities): ChangeFilter {
  const wanted = (typeof requested === 'object' && requested !== null ? requested : {}) as Record<string, unknown>;
  const lists = Object.entries(listsThatChange(capabilities)).filter(([kind]) => wanted[kind] === true);
  const uris = wanted.resourceSubscriptions;
  return {
    ...Object.fromEntries(lists),
    ...(capabilities.resources?.subscribe === true && Array.isArray(uris)
      && { resourceSubscriptions: [...new Set(uris)].filter((uri, index) => mayWatch(uri, index)) }),
  };
}

/** Whether a notification is one that the filter asks for. Parts of a resource change with it. */
export function matches(filter: ChangeFilter, method: string, params: Record<string, unknown> = {}): boolean {
  if (method === RESOURCE_UPDATED) {
    const { uri } = params;
    return typeof uri === 'string'
      && filter.resourceSubscriptions?.some((subscribed) => isWithin(uri, subscribed)) === true;
  }
  return Object.entries(LIST_METHODS).some(([kind, name]) =>
    name === method && filter[kind as keyof typeof LIST_METHODS] === true);
}

/** A server may name the part of a resource that has changed (2025-11-25, ResourceUpdatedNotification). */
function isWithin(uri: string, resource: string): boolean {
  return uri.startsWith(resource) && (uri.length === resource.length || resource.endsWith('/')
    || '/?#'.includes(uri[resource.length]!));
}
