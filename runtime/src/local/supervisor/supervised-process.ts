import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Logger } from '../../platform/logger';
import { Backoff } from './backoff';

/** How to start a process. */
export interface ProcessSpec {
  /** How logs name it. */
  readonly id: string;
  /** A program of ours and its arguments, or a command line for the shell. */
  readonly run: { readonly program: readonly string[] } | { readonly commandLine: string };
  readonly environment: Readonly<Record<string, string>>;
  /** A file for what it prints; without it, that goes where its log goes. */
  readonly stdoutFile?: string;
  /** How long it may take to end by itself before it is killed. */
  readonly graceSeconds: number;
}

/** Lines of its log that are remembered, to show why it does not run. */
const REMEMBERED_LINES = 5;

/** A process that is started again when it dies, until it is stopped. */
export class SupervisedProcess {
  private readonly backoff = new Backoff();
  private readonly remembered: string[] = [];
  private child: ChildProcess | undefined;
  private restart: NodeJS.Timeout | undefined;
  private stopping = false;
  private deathCount = 0;

  constructor(
    private readonly spec: ProcessSpec,
    private readonly onLogLine: (line: string) => void,
    private readonly logger: Logger,
  ) {}

  /** How often it has died by itself. */
  get deaths(): number {
    return this.deathCount;
  }

  /** The last lines that it logged. */
  get lastLines(): readonly string[] {
    return this.remembered;
  }

  start(): void {
    const startedAt = Date.now();
    const child = this.spawn();
    this.child = child;
    this.logger.info({ pod: this.spec.id, pid: child.pid }, 'process started');
    for (const stream of [child.stdout, child.stderr]) {
      this.readLines(stream);
    }
    const ended = (reason: string): void => {
      if (this.child === child) {
        this.killGroup(); // What it started may have outlived it.
        this.child = undefined;
        this.died(reason, Date.now() - startedAt);
      }
    };
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) => ended(signal ?? `exit status ${code}`));
  }

  /** Ends it for good: SIGTERM, and SIGKILL when its grace time is over. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    const { child } = this;
    if (child === undefined) {
      return;
    }
    const ended = new Promise((resolve) => child.once('exit', resolve));
    this.askToEnd(child);
    const killer = setTimeout(() => {
      this.logger.warn({ pod: this.spec.id }, 'killed: it did not end within its grace time');
      this.killGroup();
    }, this.spec.graceSeconds * 1000);
    await ended;
    clearTimeout(killer);
  }

  /** Ends it at once, and whatever it has started. */
  kill(): void {
    this.stopping = true;
    clearTimeout(this.restart);
    this.killGroup();
  }

  /** It leads a process group: a terminal's Ctrl-C reaches only us, and SIGKILL reaches all that it started. */
  private spawn(): ChildProcess {
    const { run, environment, stdoutFile } = this.spec;
    const stdout = stdoutFile === undefined ? 'pipe' : openSync(stdoutFile, 'a', 0o600);
    const options = { env: environment, detached: true };
    try {
      // Programs of ours hold an IPC channel: by its end they notice the end of this process (platform/lifecycle.ts).
      const stdio: StdioOptions = ['ignore', stdout, 'pipe'];
      return 'program' in run
        ? spawn(process.execPath, run.program, { ...options, stdio: [...stdio, 'ipc'] })
        : spawn(run.commandLine, { ...options, stdio, shell: true });
    } finally {
      if (typeof stdout === 'number') {
        closeSync(stdout);
      }
    }
  }

  private readLines(stream: Readable | null): void {
    if (stream !== null) {
      createInterface({ input: stream }).on('line', (line) => {
        this.remembered.push(line);
        this.remembered.splice(0, this.remembered.length - REMEMBERED_LINES);
        this.onLogLine(line);
      });
    }
  }

  private died(reason: string, uptimeMs: number): void {
    if (this.stopping) {
      return;
    }
    this.deathCount++;
    const delayMs = this.backoff.delayAfter(uptimeMs);
    this.logger.warn({ pod: this.spec.id, reason, restartInSeconds: delayMs / 1000 }, 'process died');
    this.restart = setTimeout(() => this.start(), delayMs);
  }

  /** As in a container, a program of ours is told alone, and tells its own children; a shell tells nobody. */
  private askToEnd(child: ChildProcess): void {
    if ('program' in this.spec.run) {
      child.kill('SIGTERM');
    } else {
      signalGroup(child, 'SIGTERM');
    }
  }

  private killGroup(): void {
    if (this.child !== undefined) {
      signalGroup(this.child, 'SIGKILL');
    }
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // The whole group has ended already.
  }
}
