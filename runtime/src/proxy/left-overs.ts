import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Names the processes that a server has started, whatever session, group or parent they have given themselves. */
export const PROCESS_VARIABLE = 'CDK8S_MCP_CHILD';

/** Servers that end together are looked after together, in ms: to look through all processes takes its time. */
const GATHER_MS = 50;

/** A left-over may just be starting another one. */
const MOST_ROUNDS = 10;

/** Marks of servers that have ended, in the environment of what they have started. */
let ended: Set<string> | undefined;
let next: Promise<void> = Promise.resolve();

/**
 * Kills what a server that has ended has left running. On Linux only: elsewhere it is what shares its process group,
 * which has been killed before. What has cleared its environment as well is not found.
 *
 * @param mark value of the variable in the environment of the server
 */
export async function killLeftOvers(mark: string): Promise<void> {
  if (process.platform !== 'linux') {
    return;
  }
  if (ended === undefined) {
    const marks = ended = new Set<string>();
    next = delay(GATHER_MS).then(() => {
      ended = undefined;
      return killMarked(marks);
    });
  }
  ended.add(mark);
  await next;
}

async function killMarked(marks: ReadonlySet<string>): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const left = await processesWith(marks);
    if (left.length === 0) {
      return;
    }
    left.forEach(kill);
  }
}

async function processesWith(marks: ReadonlySet<string>): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter((pid) => pid > 0);
  const marked: number[] = [];
  for (const pid of pids) {
    if (marks.has(await markOf(pid))) {
      marked.push(pid);
    }
  }
  return marked;
}

/** Empty for processes of others, and for those that have ended. */
async function markOf(pid: number): Promise<string> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  const variable = environment.split('\0').find((each) => each.startsWith(`${PROCESS_VARIABLE}=`));
  return variable?.slice(PROCESS_VARIABLE.length + 1) ?? '';
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
