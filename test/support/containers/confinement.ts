import { readFileSync } from 'node:fs';

const OF_THE_RUNTIME = /^\/((dev|proc|sys)(\/|$)|etc\/(hosts|hostname|resolv\.conf)$|run\/\.containerenv$)/;

/** What the kernel lets a process be and do. */
export interface Confinement {
  readonly uid: number;
  readonly gid: number;
  /** That of the process, and those beside it. */
  readonly groups: readonly number[];
  /** All sets of capabilities: those in force, those that can be had, and those that programs can bring. */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  /** Whether a filter of seccomp decides about system calls. */
  readonly isFiltered: boolean;
  /** Where something can be written, but for what the kernel and the container runtime put there. */
  readonly writable: readonly string[];
}

/** Reads it from the kernel, not from those who were told to set it. */
export function confinementOf(pid: number): Confinement {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'm').exec(status)![1]!;
  return {
    uid: Number(field('Uid').split('\t')[0]),
    gid: Number(field('Gid').split('\t')[0]),
    groups: [...new Set([Number(field('Gid').split('\t')[0]), ...field('Groups').split(' ').map(Number)])].sort(),
    capabilities: ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map(field),
    noNewPrivileges: field('NoNewPrivs') === '1',
    isFiltered: field('Seccomp') === '2',
    writable: writableMounts(pid),
  };
}

function writableMounts(pid: number): string[] {
  return readFileSync(`/proc/${pid}/mounts`, 'utf8').trimEnd().split('\n').map((line) => line.split(' '))
    .filter(([, , , options]) => options!.split(',').includes('rw'))
    .map(([, mountPoint]) => mountPoint!)
    .filter((mountPoint) => !OF_THE_RUNTIME.test(mountPoint))
    .sort();
}
