import type { Logger } from './logger';

/** Something that was started and can be stopped in order. */
export interface Running {
  /** Ends it: no new work, work in flight may finish within the program's drain time. */
  stop(): Promise<void>;
  /** Resolves when it can serve no more, and another process of the program could. */
  readonly outlived?: Promise<void>;
}

/**
 * Keeps the process until SIGTERM or SIGINT, or until what runs is outlived, then stops that and exits with 0.
 * A second signal does not wait any longer. The end of a parent that started this process
 * with an IPC channel, as the local run does, counts as a signal: nothing is left behind.
 */
export async function runUntilSignal(running: Running, logger: Logger): Promise<void> {
  const signal = await new Promise<string>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
    process.once('disconnect', () => resolve('disconnect'));
    void running.outlived?.then(() => resolve('outlived'));
  });
  logger.info({ signal }, 'stopping');
  for (const again of ['SIGTERM', 'SIGINT'] as const) {
    process.once(again, () => process.exit(1));
  }
  await running.stop();
  logger.info('stopped');
  process.exit(0);
}
