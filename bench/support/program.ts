import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { descendantsOf } from '../../test/support/processes';
import { freePort, untilAccepting } from '../../test/support/ports';
import { moveToLoadCore, onMeasuredCore } from './cores';
import { cpuMicroseconds, residentMebibytes, wakeUps } from './process-figures';

/** A program that has not ended so long after it was asked to is killed. */
const STOP_MS = 5_000;
const QUIET_POLL_MS = 100;
const QUIET_POLLS = 3;
/** So many of its last lines are told when it does not start. */
const LINES_KEPT = 10;

export interface ProgramOptions {
  /** Whether it runs on the first core only, as what is measured by its CPU time does. */
  readonly pinned?: boolean;
}

/**
 * A program that is measured from outside. It runs on the first core; the load, and the servers that it has started
 * once they have been moved, run on the second.
 */
export class Program {
  private static readonly running = new Set<Program>();
  private static isOver = false;

  /** Starts a program that logs where it listens, as ours do. */
  static start(argv: readonly string[], options: ProgramOptions = {}): Promise<Program> {
    const program = new Program(argv, options);
    return program.untilReady(program.listening);
  }

  /** Starts a program that is told the port on which it has to listen. */
  static async startOnPort(argv: (port: number) => readonly string[], options: ProgramOptions = {}): Promise<Program> {
    const port = await freePort();
    const program = new Program(argv(port), options);
    program.url = `http://127.0.0.1:${port}`;
    const accepting = new AbortController();
    try {
      return await program.untilReady(untilAccepting(port, accepting.signal));
    } finally {
      accepting.abort();
    }
  }

  /** Ends every program that runs, and lets none start any more. */
  static async stopAll(): Promise<void> {
    Program.isOver = true;
    await Promise.all([...Program.running].map((program) => program.stop()));
  }

  /** Where it listens, when it has said so. */
  url = '';

  private readonly child: ChildProcessByStdio<null, null, Readable>;
  private readonly listening: Promise<void>;
  private readonly ended: Promise<unknown>;
  private readonly lines: string[] = [];
  private readonly moved = new Set<number>();

  private constructor(argv: readonly string[], { pinned = true }: ProgramOptions) {
    if (Program.isOver) {
      throw new Error('interrupted');
    }
    const [command, ...args] = pinned ? onMeasuredCore(argv) : argv;
    // In a process group of its own: Ctrl-C is for the benchmark, which ends its programs in order.
    this.child = spawn(command!, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    Program.running.add(this);
    this.ended = once(this.child, 'exit').finally(() => Program.running.delete(this));
    this.ended.catch(() => undefined); // It could not be started, which those learn who wait for it.
    this.listening = new Promise((resolve) => {
      createInterface({ input: this.child.stderr }).on('line', (line) => {
        this.lines.push(line);
        this.lines.splice(0, this.lines.length - LINES_KEPT);
        const record = parsed(line);
        if (record?.msg === 'listening') {
          this.url = record.url ?? '';
          resolve();
        }
      });
    });
  }

  /** What it has started, and what that has started. */
  get descendants(): number[] {
    return descendantsOf(this.child.pid!).map(({ pid }) => pid);
  }

  /** CPU time that the process itself has used, without its children. */
  get cpuMicroseconds(): number {
    return cpuMicroseconds(this.child.pid!);
  }

  get residentMebibytes(): number {
    return residentMebibytes(this.child.pid!);
  }

  get wakeUps(): number {
    return wakeUps(this.child.pid!);
  }

  /** Moves what it has started to the core of the load, so that its own core is its own. */
  moveDescendants(): void {
    for (const pid of this.descendants.filter((one) => !this.moved.has(one))) {
      moveToLoadCore(pid);
      this.moved.add(pid);
    }
  }

  /** Waits until neither it nor what it has started does anything. */
  async untilQuiet(): Promise<void> {
    let before = '';
    for (let polls = 0; polls < QUIET_POLLS; polls++) {
      await delay(QUIET_POLL_MS);
      const now = [this.child.pid!, ...this.descendants].map((pid) => `${pid}: ${cpuMicroseconds(pid)}`).join();
      if (now !== before) {
        polls = 0;
      }
      before = now;
    }
  }

  /** Ends it and all that it has started. */
  async stop(): Promise<void> {
    const { pid } = this.child;
    if (pid === undefined || !Program.running.has(this)) {
      return;
    }
    const all = this.descendants;
    kill(pid, 'SIGTERM');
    await Promise.race([this.ended, delay(STOP_MS, undefined, { ref: false })]);
    for (const one of [pid, ...all]) {
      kill(one, 'SIGKILL');
    }
    await this.ended;
  }

  private async untilReady(ready: Promise<void>): Promise<Program> {
    const ended = this.ended.then(() => {
      throw new Error(`${this.child.spawnargs.join(' ')} ended before it listened:\n${this.lines.join('\n')}`);
    });
    await Promise.race([ready, ended]);
    return this;
  }
}

/**
 * Ends all programs, and the benchmark, when it is told to end.
 *
 * @returns is aborted then
 */
export function stopProgramsOnSignal(): AbortSignal {
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      interruption.abort();
      void Program.stopAll().finally(() => process.exit(1));
    });
  }
  return interruption.signal;
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

function parsed(line: string): { msg?: string; url?: string } | undefined {
  try {
    return JSON.parse(line) as { msg?: string; url?: string };
  } catch {
    return undefined;
  }
}
