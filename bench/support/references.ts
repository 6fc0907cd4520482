import { join } from 'node:path';
import type { Candidate, Load, StartOptions } from './candidate';
import type { CallOptions } from './caller';
import { HttpLoad } from './http-load';
import { Program } from './program';
import type { PipeRun } from './raw-pipe';

/** Long enough for one call. */
const FIRST_MS = 1;

/** The least that a Node program can do with a request. */
export function startBareServer(options: StartOptions): Promise<Candidate> {
  return startServer('bare-http-server.mjs', options);
}

/** The least that a Node program can do that stands between HTTP and a process. */
export function startByteCopy(options: StartOptions): Promise<Candidate> {
  return startServer('byte-copy-server.mjs', options);
}

/** A parent and the echo server, without HTTP. */
export async function startRawPipe(options: StartOptions): Promise<Candidate> {
  const program = await Program.start(
    [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'raw-pipe.ts')], options);
  return {
    program,
    connect: (sessions) => Promise.resolve(new PipeLoad(new URL(program.url), sessions)),
    stop: () => program.stop(),
  };
}

async function startServer(file: string, options: StartOptions): Promise<Candidate> {
  const program = await Program.start([process.execPath, join(import.meta.dirname, file)], options);
  const target = { url: new URL('/', program.url), headers: {}, hasSessions: false };
  return {
    program,
    target,
    connect: (sessions) => HttpLoad.connect(target, sessions),
    stop: () => program.stop(),
  };
}

/** The raw pipe makes its load itself. */
class PipeLoad implements Load {
  private bytes = 0;

  constructor(private readonly url: URL, private readonly sessions: number) {}

  async begin({ bytes }: CallOptions): Promise<void> {
    this.bytes = bytes;
    await this.run(FIRST_MS);
  }

  async callUntil(end: () => number): Promise<number[]> {
    const latencies: number[][] = [];
    for (let left = end() - performance.now(); left > 0; left = end() - performance.now()) {
      latencies.push(await this.run(left));
    }
    return latencies.flat();
  }

  rest(): void {
    // There is no connection that could get old.
  }

  private async run(milliseconds: number): Promise<number[]> {
    const run: PipeRun = { sessions: this.sessions, bytes: this.bytes, milliseconds };
    const answer = await fetch(this.url, { method: 'POST', body: JSON.stringify(run) });
    if (!answer.ok) {
      throw new Error(`raw pipe: ${await answer.text()}`);
    }
    return await answer.json() as number[];
  }
}
