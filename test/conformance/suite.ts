import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { readChecks, type Check } from './results';
import type { Tools } from './tools';
import type { Leg } from './legs';

/** So many of its last lines are told when it has no results. */
const LINES_KEPT = 10;

/**
 * Runs the suite against a port of this machine.
 *
 * @param onLine what the suite prints
 * @returns the checks of each scenario that came to an end: not all of them when the signal ended it
 * @throws when there are none
 */
export async function runSuite(
  tools: Tools, { client }: Leg, port: number, outputDirectory: string,
  { signal, onLine }: { readonly signal: AbortSignal; readonly onLine: (line: string) => void },
): Promise<Map<string, Check[]>> {
  // The suite checks what servers do for names of other hosts only if this is the name of this one.
  const [program, ...args] = tools.suiteCommand(`http://localhost:${port}/mcp`, client, outputDirectory);
  const suite = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const end = () => suite.kill('SIGKILL');
  signal.addEventListener('abort', end);
  for (const input of [suite.stdout, suite.stderr]) {
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      lines.splice(0, lines.length - LINES_KEPT);
      onLine(line);
    });
  }
  await once(suite, 'close');
  signal.removeEventListener('abort', end);
  const checks = readChecks(outputDirectory);
  if (checks.size === 0) {
    throw new Error(`the suite has no results:\n${lines.join('\n')}`);
  }
  return checks;
}
