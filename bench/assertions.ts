// `npm run bench:assertions`: what it costs to say and to check who calls, remembered, anew, and bound to each request.
import { AssertionFixture } from '../runtime/src/auth/assertions/testing/assertion-fixture';

const PRINCIPAL = { issuer: 'https://auth.example.com', subject: 'alice@example.com' };
const SERVER = 'files';
const ROUNDS = 3;
/** So many calls a round; what costs little is repeated more often. */
const MANY = 200_000;
const FEW = 2000;

interface Measurement {
  readonly what: string;
  readonly calls: number;
  readonly run: (call: number) => unknown;
}

/** Microseconds for one call, in the best round: the others have been disturbed. */
async function microseconds({ calls, run }: Measurement): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const begun = performance.now();
    for (let call = 0; call < calls; call++) {
      const result = run(call);
      if (result instanceof Promise) {
        await result;
      }
    }
    best = Math.min(best, (performance.now() - begun) * 1000 / calls);
  }
  return best;
}

/** As from the wire: another string object each time, with a hash that is not known yet. */
function received(assertion: string): string {
  return Buffer.from(assertion).toString('latin1');
}

async function measurements(fixture: AssertionFixture): Promise<Measurement[]> {
  const signer = await fixture.signer();
  const verifier = await fixture.verifier();
  const bindingVerifier = await fixture.verifier({ binding: 'request' });
  const known = await signer.sign(PRINCIPAL, SERVER);
  await verifier.verify(known);
  let subjects = 0;
  const fresh = async () => signer.sign({ ...PRINCIPAL, subject: `user-${subjects++}` }, SERVER);
  const unknown = await Promise.all(Array.from({ length: FEW * ROUNDS }, fresh));
  let next = 0;
  const bound = (bytes: number) => {
    const request = { method: 'tools/call', target: 'echo', body: Buffer.alloc(bytes, 'x') };
    return async () => bindingVerifier.verify(await signer.signRequest(PRINCIPAL, SERVER, request), request);
  };
  return [
    { what: 'gateway: an assertion that is remembered', calls: MANY, run: () => signer.sign(PRINCIPAL, SERVER) },
    { what: 'proxy: an assertion that is remembered', calls: MANY, run: () => verifier.verify(received(known)) },
    { what: 'gateway: a new assertion (every 30 s for a caller and server)', calls: FEW, run: fresh },
    { what: 'proxy: a new assertion', calls: FEW, run: () => verifier.verify(unknown[next++]!) },
    { what: 'both: bound to a request of 300 B, every call', calls: FEW, run: bound(300) },
    { what: 'both: bound to a request of 64 KiB, every call', calls: FEW, run: bound(64 * 1024) },
  ];
}

async function main(): Promise<void> {
  const fixture = await AssertionFixture.create();
  try {
    process.stdout.write('| | µs |\n| --- | --- |\n');
    for (const measurement of await measurements(fixture)) {
      process.stdout.write(`| ${measurement.what} | ${(await microseconds(measurement)).toFixed(2)} |\n`);
    }
  } finally {
    fixture.remove();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
