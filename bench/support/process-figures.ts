import { readdirSync, readFileSync } from 'node:fs';

/** Kernel ticks per second in /proc/PID/stat: 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

export const MICROSECONDS_PER_TICK = 1e6 / TICKS_PER_SECOND;

/** CPU time that a process has used, all threads, without its children. */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK;
}

export function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

/** How often threads of a process have waited for something, and so been woken by it. */
export function wakeUps(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'))
    .reduce((sum, status) => sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)![1]), 0);
}
