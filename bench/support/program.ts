import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Kernel ticks per second in /proc/PID/stat: 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;
const TASKSET = ['/usr/bin/taskset', '/bin/taskset'].find(existsSync);

/** A program that is measured from outside. It runs on the first core; the load comes from others. */
export class Program {
  static async start(argv: string[]): Promise<Program> {
    const [command, ...args] = TASKSET === undefined ? argv : [TASKSET, '-c', '0', ...argv];
    const child = spawn(command!, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const lines = createInterface({ input: child.stderr });
    for await (const line of lines) {
      const record = JSON.parse(line) as { msg?: string; url?: string };
      if (record.msg === 'listening') {
        child.stderr.resume();
        return new Program(child, record.url!);
      }
    }
    throw new Error(`${argv.join(' ')} ended before it listened`);
  }

  private constructor(private readonly child: ChildProcess, readonly url: string) {}

  /** CPU time that the process itself has used, without its children. */
  get cpuMicroseconds(): number {
    const stat = readFileSync(`/proc/${this.child.pid!}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND * 1e6;
  }

  get residentMebibytes(): number {
    const status = readFileSync(`/proc/${this.child.pid!}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}
