import { pino, type Logger } from 'pino';

export type { Logger };

/** What is held of a log that cannot be written; what comes then is dropped. */
const MOST_HELD_BYTES = 1024 * 1024;

/**
 * One JSON object a line on stderr. Stdout belongs to what a program answers: the audit trail, a token, a report.
 *
 * @param program name of the program, on every line
 * @param level least severe level that is written; default `info`, or the environment's LOG_LEVEL
 */
export function createLogger(program: string, level = process.env.LOG_LEVEL ?? 'info'): Logger {
  return pino({
    level,
    base: { program },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  }, standardError());
}

/** Where nothing can be written, since a volume is full or a reader is gone, the program goes on without a log. */
function standardError() {
  const destination = pino.destination({ fd: 2, sync: true, maxLength: MOST_HELD_BYTES });
  destination.on('error', () => undefined);
  return destination;
}
