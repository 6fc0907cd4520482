import type { Load } from './candidate';
import { Caller, type CallOptions, type Target } from './caller';

/** Calls over HTTP, with a session and a connection each. */
export class HttpLoad implements Load {
  static async connect(target: Target, sessions: number): Promise<HttpLoad> {
    return new HttpLoad(await Promise.all(Array.from({ length: sessions }, () => Caller.connect(target))));
  }

  private constructor(private readonly callers: readonly Caller[]) {}

  async begin(options: CallOptions): Promise<void> {
    await Promise.all(this.callers.map((caller) => caller.begin(options)));
  }

  async callUntil(end: () => number): Promise<number[]> {
    return (await Promise.all(this.callers.map((caller) => caller.callUntil(end)))).flat();
  }

  rest(): void {
    for (const caller of this.callers) {
      caller.rest();
    }
  }
}
