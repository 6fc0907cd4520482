import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const TASKSET = ['/usr/bin/taskset', '/bin/taskset'].find(existsSync);
const CAN_PIN = TASKSET !== undefined && availableParallelism() > 1;

/** The command that runs on the core of what is measured. */
export function onMeasuredCore(argv: readonly string[]): string[] {
  return CAN_PIN ? [TASKSET, '-c', '0', ...argv] : [...argv];
}

/** Moves a process, with all its threads, to the core where the load comes from. */
export function moveToLoadCore(pid: number): void {
  if (CAN_PIN) {
    execFileSync(TASKSET, ['-a', '-c', '-p', '1', String(pid)], { stdio: 'ignore' });
  }
}
