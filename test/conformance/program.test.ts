import { existsSync, readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { descendantsOf, eventually } from '../support/processes';
import { startListening, startProgram } from './program';

const never = new AbortController().signal;

const script = (code: string) => [process.execPath, '-e', code];
const LISTENING = 'console.error(JSON.stringify({ msg: "listening", url: "http://127.0.0.1:4711/mcp" }));';
const FOREVER = 'setInterval(() => undefined, 1000);';

it('finds the port where a program listens', async () => {
  const program = await startListening(script(`console.error("up"); ${LISTENING} ${FOREVER}`), never);
  onTestFinished(() => program.stop());
  expect(program.port).toBe(4711);
});

it('tells what a program said that ended before it listened', async () => {
  await expect(startListening(script('console.error("no port"); process.exit(3)'), never)).rejects.toThrow('no port');
});

it('tells of a program that does not exist', async () => {
  await expect(startListening(['/nowhere'], never)).rejects.toThrow('ENOENT');
});

it('ends a program that nobody waits for any more', async () => {
  const leave = new AbortController();
  const starting = startListening(script(FOREVER), leave.signal);
  const [child] = await eventually('it runs', () => {
    const children = descendantsOf(process.pid).filter(({ command }) => command.includes(FOREVER));
    return children.length > 0 ? children : undefined;
  });
  leave.abort(new Error('enough'));
  await expect(starting).rejects.toThrow('enough');
  await eventually('it is gone', () => !isAlive(child!.pid) || undefined);
});

it('ends what a program has started, too', async () => {
  const pids: number[] = [];
  const program = startProgram(script(
    `const child = require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(FOREVER)}]);`
    + `console.error(child.pid); ${FOREVER}`), (line) => pids.push(Number(line)));
  await eventually('it has a child', () => pids.length > 0 || undefined);
  await program.stop();
  await eventually('its child is gone', () => !isAlive(pids[0]!) || undefined);
});

/** Nothing is left of the command line of one that has ended, even if nobody has asked for its exit status yet. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) && readFileSync(file).length > 0;
}
