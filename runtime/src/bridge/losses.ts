import { objectAt } from './json-object';

/** Where a server's description of itself names what a bridge does not carry. */
export const LOSSES_META_KEY = 'cdk8s-mcp.dev/losses';

/** Something that a server has and a client of the other era does not get. */
export interface Loss {
  /** A capability of server or client; those inside another have dotted names. */
  readonly feature: string;
  readonly reason: 'other-era' | 'shared-process' | 'withheld';
}

export interface BridgeToModern {
  /** Whether one process of the server serves callers that do not know of each other. */
  readonly shared: boolean;
  /** Whether the server learns of the client's roots. */
  readonly roots: boolean;
}

/** What a client of 2026-07-28 does not get of a server of before that has described itself so. */
export function lossesToModern(initializeResult: object, { shared, roots }: BridgeToModern): Loss[] {
  const capabilities = objectAt(initializeResult, 'capabilities') ?? {};
  const losses: Loss[] = declared(capabilities, 'tasks', 'extensions')
    .map((feature) => ({ feature, reason: 'other-era' }));
  if (shared) {
    const lost = [...declared(capabilities, 'logging'), 'sampling', 'elicitation', 'roots'];
    return [...losses, ...lost.map((feature): Loss => ({ feature, reason: 'shared-process' }))];
  }
  return roots ? losses : [...losses, { feature: 'roots', reason: 'withheld' }];
}

/** What a client of before 2026-07-28 does not get of a server of that revision that has described itself so. */
export function lossesToLegacy(discoverResult: object): Loss[] {
  const extensions = objectAt(objectAt(discoverResult, 'capabilities'), 'extensions') ?? {};
  return Object.keys(extensions).map((name) => ({ feature: `extensions.${name}`, reason: 'other-era' }));
}

function declared(capabilities: object, ...features: readonly string[]): string[] {
  return features.filter((feature) => objectAt(capabilities, feature) !== undefined);
}
