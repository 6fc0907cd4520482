import { setTimeout as delay } from 'node:timers/promises';
import { allProcesses } from './proc';

interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Every process below another one, by what /proc says. */
export function descendantsOf(ancestor: number): Process[] {
  const all = allProcesses();
  const below = (pid: number): Process[] => all.filter(({ parent }) => parent === pid)
    .flatMap((child) => [{ pid: child.pid, command: child.command.replaceAll('\0', ' ') }, ...below(child.pid)]);
  return below(ancestor);
}

/** Waits until something holds, and says what did not when it takes too long. */
export async function eventually<T>(what: string, probe: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) {
      return found;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited in vain: ${what}`);
    }
    await delay(20);
  }
}
