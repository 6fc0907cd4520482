import { readdirSync, readFileSync } from 'node:fs';

const MEBIBYTE = 1024 * 1024;
/** Of every machine that tests run on. */
const PAGE_BYTES = 4096;

/** A process, by what /proc says. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly isZombie: boolean;
  /** Resident memory, in MiB. */
  readonly resident: number;
  readonly command: string;
  readonly environment: string;
}

/** All processes of the machine that can be seen. */
export function allProcesses(): ProcessInfo[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => readProcess(Number(name)));
}

/** How many descriptors a process has open. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Resident memory of a process, in MiB. */
export function residentOf(pid: number): number {
  return readProcess(pid)[0]!.resident;
}

function readProcess(pid: number): ProcessInfo[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; what follows does not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, parent] = fields;
    const isZombie = state === 'Z';
    return [{
      pid, isZombie, parent: Number(parent), resident: Number(fields[21]) * PAGE_BYTES / MEBIBYTE,
      command: isZombie ? '' : readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
      environment: isZombie ? '' : readFileSync(`/proc/${pid}/environ`, 'utf8'),
    }];
  } catch {
    return []; // It ended in between, or is somebody else's.
  }
}
