import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { LineReader } from '../../../runtime/src/proxy/line-reader';
import { settlesWithin } from '../../../runtime/src/proxy/timing';
import { eventually } from '../processes';

export type LogLine = Record<string, unknown> & { readonly msg?: string };

/** Programs end within the graces of all they have to wait for; one that does not is hung. */
const MOST_MS = 20_000;

/** How much of a log is kept, in bytes. */
const MOST_KEPT = 8 * 1024 * 1024;

/** A program of ours that runs as a process, and what it logs. */
export class Program {
  readonly log: LogLine[] = [];
  /** Bytes that it has logged. */
  logged = 0;
  readonly exited: Promise<number | string>;

  static start(argv: readonly string[], env: NodeJS.ProcessEnv, stdio: StdioOptions): Program {
    const [program, ...args] = argv;
    return new Program(spawn(program!, args, { env: { ...process.env, ...env }, stdio }));
  }

  private constructor(private readonly child: ChildProcess) {
    this.exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
    const keep = (line: string) => void this.log.push(parseLine(line));
    const reader = new LineReader({ limit: MOST_KEPT, onLine: keep, onTooLong: keep });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.logged += chunk.length;
      // To read a flood with care would slow down who writes it.
      if (this.logged < MOST_KEPT) {
        reader.push(chunk);
      }
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until it has logged a line with this message. */
  async untilLogged(msg: string): Promise<LogLine> {
    return eventually(`a log line "${msg}" in ${JSON.stringify(this.log.slice(-5))}`, () => {
      if (!this.isRunning) {
        throw new Error(`the program has ended: ${JSON.stringify(this.log.slice(-5))}`);
      }
      return this.log.find((line) => line.msg === msg);
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /**
   * Waits for its end, which it does not survive.
   *
   * @throws Error when it did not come by itself.
   */
  async ended(): Promise<number | string> {
    if (!await settlesWithin(this.exited, MOST_MS)) {
      this.kill('SIGKILL');
      throw new Error(`the program did not end within ${MOST_MS} ms`);
    }
    return this.exited;
  }
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}
