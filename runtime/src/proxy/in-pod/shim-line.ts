import { once } from 'node:events';
import type { Socket } from 'node:net';
import { z } from 'zod';

/** What the shim answers to the line that a connection begins with (runtime/shim/README.md, Protocol). */
const answerSchema = z.union([
  z.object({ process: z.number().int() }),
  z.object({ shim: z.string(), instance: z.string() }),
  z.object({ refused: z.string() }),
]);

/** One event of the shim. Events of other kinds may come with later releases of it. */
const eventSchema = z.object({
  /** Number of a process that has ended, and how. */
  ended: z.number().int().optional(),
  how: z.string().default('unknown'),
  /** Why the shim itself has ended it. */
  reason: z.string().optional(),
  draining: z.boolean().optional(),
});

export type ShimEvent = z.infer<typeof eventSchema>;

/** Longer lines are none of the shim's. */
const LONGEST_LINE = 4096;
const LINE_FEED = 0x0a;

/**
 * Reads the shim's answer, and nothing behind it: what follows may be the server's.
 *
 * @throws Error saying why there is none, or why the shim has refused.
 */
export async function readAnswer<Key extends 'process' | 'instance'>(socket: Socket, key: Key, signal: AbortSignal) {
  const answer = answerSchema.safeParse(parse(await readLine(socket, signal)));
  if (!answer.success) {
    throw new Error('the shim gave an answer that is none');
  }
  if ('refused' in answer.data) {
    throw new Error(`the shim refused: ${answer.data.refused}`);
  }
  if (!(key in answer.data)) {
    throw new Error('the shim answered another question');
  }
  return answer.data as Extract<typeof answer.data, Record<Key, unknown>>;
}

/** @throws Error when the line is no event. */
export function parseEvent(line: string): ShimEvent {
  return eventSchema.parse(parse(line));
}

async function readLine(socket: Socket, signal: AbortSignal): Promise<string> {
  const parts: Buffer[] = [];
  for (;;) {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) {
      await untilReadable(socket, signal);
      continue;
    }
    const end = chunk.indexOf(LINE_FEED);
    parts.push(end < 0 ? chunk : chunk.subarray(0, end));
    if (end >= 0) {
      if (end + 1 < chunk.length) {
        socket.unshift(chunk.subarray(end + 1));
      }
      return Buffer.concat(parts).toString();
    }
    if (parts.reduce((sum, { length }) => sum + length, 0) > LONGEST_LINE) {
      throw new Error('the shim gave an answer that is none');
    }
  }
}

/** @throws Error when the connection has ended, or the signal is aborted. */
async function untilReadable(socket: Socket, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const events = { signal: AbortSignal.any([signal, over.signal]) };
  try {
    await Promise.race([
      once(socket, 'readable', events),
      Promise.race([once(socket, 'end', events), once(socket, 'close', events)])
        .then(() => Promise.reject(new Error('the shim has closed the connection'))),
    ]);
  } finally {
    over.abort();
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
