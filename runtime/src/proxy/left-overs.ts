import { readdir, readFile } from 'node:fs/promises';

/** Names the processes that a server has started, whatever session, group or parent they have given themselves. */
export const PROCESS_VARIABLE = 'CDK8S_MCP_PROCESS';

/** A left-over may just be starting another one. */
const MOST_ROUNDS = 10;

/**
 * Kills what a process that has ended has left running. On Linux only: elsewhere it is what shares its process group,
 * which has been killed before.
 *
 * @param mark value of the variable in the environment of the process
 */
export async function killLeftOvers(mark: string): Promise<void> {
  if (process.platform !== 'linux') {
    return;
  }
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const left = await processesWith(`${PROCESS_VARIABLE}=${mark}`);
    if (left.length === 0) {
      return;
    }
    left.forEach(kill);
  }
}

async function processesWith(variable: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter((pid) => pid > 0);
  const marked = await Promise.all(pids.map(async (pid) => (await environmentOf(pid)).includes(variable)));
  return pids.filter((_, index) => marked[index]);
}

/** Empty for processes of others, and for those that have ended. */
async function environmentOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
