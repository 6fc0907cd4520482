import { connect, type Socket } from 'node:net';

/** How long the shim may take to answer: it does nothing else. */
const ANSWER_MS = 10_000;

/**
 * Connects to the shim, and says what the connection is for.
 *
 * @param answer reads what the shim says to that
 * @throws Error saying why the shim cannot be reached.
 */
export async function connectToShim<T>(
  path: string, purpose: 'start' | 'watch', answer: (socket: Socket, signal: AbortSignal) => Promise<T>,
): Promise<{ socket: Socket; answer: T }> {
  // What the server wrote last must arrive after it has been told that nothing more comes.
  const socket = connect({ path, allowHalfOpen: true });
  socket.on('error', () => undefined); // its end tells
  socket.write(`${purpose}\n`);
  try {
    return { socket, answer: await answer(socket, AbortSignal.timeout(ANSWER_MS)) };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
