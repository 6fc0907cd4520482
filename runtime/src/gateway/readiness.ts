import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenVerifier } from '../auth/token-verifier';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Whether the gateway can serve: from when it has the keys of an issuer until it is told to stop. */
export class Readiness {
  private reason: string | undefined = 'no issuer\'s keys have been fetched yet';
  private readonly stopping = new AbortController();

  constructor(private readonly verifier: Pick<TokenVerifier, 'fetchKeys'>) {}

  /** Why not, or undefined when it can. */
  notReadyReason(): string | undefined {
    return this.reason;
  }

  /** Fetches the keys, again and again until it succeeds. Failures are logged by the issuer that fails. */
  async start(): Promise<void> {
    const { signal } = this.stopping;
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await this.verifier.fetchKeys();
        return this.ready();
      } catch {
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  stop(): void {
    this.reason = 'stopping';
    this.stopping.abort();
  }

  private ready(): void {
    if (!this.stopping.signal.aborted) {
      this.reason = undefined;
    }
  }
}
