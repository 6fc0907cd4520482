import { ISOLATIONS, type Isolation } from '../../lib/contract/proxy-config';
import { FIXTURES, type Fixture } from '../fixtures/conformance/fixtures';
import { PEERS, type Peer } from '../support/peers';

/** The revisions that the suite has requirements for: the last one with sessions and the first one without. */
export const REVISIONS = ['2025-11-25', '2026-07-28'] as const;

export type Revision = typeof REVISIONS[number];

/** One run of the suite: a client of one revision, by some path, to one fixture server. */
export interface Leg {
  readonly path: 'proxy' | 'direct' | Peer;
  readonly client: Revision;
  readonly server: Fixture;
  /** `-` where there is no such choice. */
  readonly isolation: Isolation | '-';
}

/** How a leg is called in reports, and what filters look at. */
export function legId({ path, client, server, isolation }: Leg): string {
  return [path, client, server, isolation].join(' ');
}

/** The fixtures themselves over HTTP, with clients of their own era: what is lost here no proxy has lost. */
const DIRECT: readonly Leg[] = [
  { path: 'direct', client: '2025-11-25', server: 'sdk1-legacy', isolation: '-' },
  { path: 'direct', client: '2025-11-25', server: 'sdk2-legacy', isolation: '-' },
  { path: 'direct', client: '2026-07-28', server: 'sdk2-modern', isolation: '-' },
];

const servers = Object.keys(FIXTURES) as Fixture[];

/** Every leg, those of the peers only if they are wanted; of these, the legs whose id has all words of the filter. */
export function legsOf({ peers, only = '' }: { readonly peers: boolean; readonly only?: string }): Leg[] {
  const proxied = REVISIONS.flatMap((client) => servers.flatMap((server) =>
    ISOLATIONS.map((isolation): Leg => ({ path: 'proxy', client, server, isolation }))));
  const ofPeers = PEERS.flatMap((path) => REVISIONS.flatMap((client) =>
    servers.map((server): Leg => ({ path, client, server, isolation: '-' }))));
  const words = only.split(/\s+/);
  return [...DIRECT, ...proxied, ...peers ? ofPeers : []]
    .filter((leg) => words.every((word) => legId(leg).includes(word)));
}

/** Whether a leg is held to the baseline. Peers are measured and not judged. */
export function isJudged({ path }: Leg): boolean {
  return path === 'proxy' || path === 'direct';
}
