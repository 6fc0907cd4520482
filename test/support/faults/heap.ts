import { once } from 'node:events';
import { WebSocket, type MessageEvent } from 'undici';
import { eventually } from '../processes';
import type { Program } from './program';

/** Environment of a Node program whose heap is to be measured. */
export const INSPECTED = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** Collects a program's garbage, all of it, and says what is left on its heap, in MiB. */
export async function heapOf(program: Program): Promise<number> {
  const line = await eventually('the inspector listens', () =>
    program.log.map(({ msg }) => msg ?? '').find((msg) => msg.startsWith('Debugger listening on ws')));
  const socket = new WebSocket(line.replace('Debugger listening on ', ''));
  await once(socket, 'open');
  try {
    await ask(socket, 'HeapProfiler.collectGarbage');
    const { usedSize } = await ask(socket, 'Runtime.getHeapUsage') as { usedSize: number };
    return usedSize / (1024 * 1024);
  } finally {
    socket.close();
  }
}

async function ask(socket: WebSocket, method: string): Promise<unknown> {
  const answered = once(socket, 'message') as Promise<[MessageEvent<string>]>;
  socket.send(JSON.stringify({ id: 1, method }));
  const [{ data }] = await answered;
  return (JSON.parse(data) as { result: unknown }).result;
}
