import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

/** A program that has not ended so long after it was asked to is killed. */
const STOP_MILLISECONDS = 5_000;

/** So many of its last lines are told when it does not start. */
const LINES_KEPT = 10;

const listeningSchema = z.object({ msg: z.literal('listening'), url: z.url() });

/** A server that was started for one leg. */
export interface Program {
  /** Its last lines on stderr. */
  readonly lines: readonly string[];
  readonly ended: Promise<unknown>;
  /** Ends it and all that it has started. */
  stop(): Promise<void>;
}

/** Starts a program in a process group of its own: so it can be ended with all its children. */
export function startProgram(command: readonly string[], onLine: (line: string) => void = () => undefined): Program {
  const [program, ...args] = command;
  const child = spawn(program!, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const ended = once(child, 'exit');
  ended.catch(() => undefined); // It could not be started, which those learn who wait for it.
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    lines.splice(0, lines.length - LINES_KEPT);
    onLine(line);
  });
  return { lines, ended, stop: () => stop(child, ended) };
}

/**
 * Starts a program that logs where it listens, as ours do.
 *
 * @throws when it ends before, or when the signal says to give up
 */
export async function startListening(
  command: readonly string[], signal: AbortSignal,
): Promise<Program & { readonly port: number }> {
  const found = new AbortController();
  let port = 0;
  const program = startProgram(command, (line) => {
    const listening = listeningSchema.safeParse(parsed(line));
    if (listening.success) {
      port = Number(new URL(listening.data.url).port);
      found.abort();
    }
  });
  await untilReady(program, signal, once(found.signal, 'abort'));
  return { ...program, port };
}

/** Waits until a program is ready; if it ends before or the signal says so, it is stopped and the reason thrown. */
export async function untilReady(program: Program, signal: AbortSignal, ready: Promise<unknown>): Promise<void> {
  const ended = program.ended.then(() => {
    throw new Error(`it ended before it listened:\n${program.lines.join('\n')}`);
  });
  try {
    signal.throwIfAborted();
    await Promise.race([ready, ended, once(signal, 'abort').then(() => signal.throwIfAborted())]);
  } catch (error) {
    await program.stop();
    throw error;
  }
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.pid === undefined) {
    return;
  }
  kill(child.pid, 'SIGTERM');
  await Promise.race([ended, delay(STOP_MILLISECONDS, undefined, { ref: false })]);
  kill(child.pid, 'SIGKILL');
}

function kill(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Nobody of it is left.
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
