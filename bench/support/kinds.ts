import { PEERS } from '../../test/support/peers';
import type { CandidateKind } from './candidate';
import { startProxyWithChildren, startProxyWithShim } from './our-proxy';
import { startPeer } from './peer';
import { startBareServer, startByteCopy, startRawPipe } from './references';

export const BARE = 'bare node:http';
export const BYTE_COPY = 'byte copy';
export const CHILD = 'ours, child';
export const IN_POD = 'ours, in-pod';

/** Everything that can be measured, in the order of the tables. */
export const KINDS: readonly CandidateKind[] = [
  { name: BARE, formats: ['json', 'sse'], sessions: 'none', start: startBareServer },
  { name: BYTE_COPY, formats: ['json'], sessions: 'none', start: startByteCopy },
  { name: 'raw pipe', formats: ['json'], sessions: 'none', start: startRawPipe },
  { name: CHILD, formats: ['json', 'sse'], sessions: 'ahead', start: startProxyWithChildren },
  { name: IN_POD, formats: ['json', 'sse'], sessions: 'ahead', start: startProxyWithShim },
  ...PEERS.map((peer): CandidateKind => ({
    name: peer, formats: ['sse'], sessions: 'cold', start: (options) => startPeer(peer, options),
  })),
];
