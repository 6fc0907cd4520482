import { pino, type Logger } from 'pino';

export type { Logger };

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
  }, pino.destination({ fd: 2, sync: true }));
}
