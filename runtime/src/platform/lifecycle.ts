import type { Logger } from './logger';

/** Something that was started and can be stopped in order. */
export interface Running {
  /** Ends it: no new work, work in flight may finish within the program's drain time. */
  stop(): Promise<void>;
}

/**
 * Keeps the process until SIGTERM or SIGINT, then stops what runs and exits with 0.
 * A second signal does not wait any longer.
 */
export async function runUntilSignal(running: Running, logger: Logger): Promise<void> {
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  logger.info({ signal }, 'stopping');
  for (const again of ['SIGTERM', 'SIGINT'] as const) {
    process.once(again, () => process.exit(1));
  }
  await running.stop();
  logger.info('stopped');
  process.exit(0);
}
