import { openSync, writeSync } from 'node:fs';

/**
 * Where the lines go that one pod logs: into its file as they come, and on to the local run's own log
 * as JSON objects that name the pod.
 *
 * @param forward takes the lines that name the pod; absent when nobody wants to see them
 */
export function logFile(file: string, pod: string, forward?: (line: string) => void): (line: string) => void {
  const descriptor = openSync(file, 'a', 0o600);
  return (line) => {
    writeSync(descriptor, `${line}\n`);
    forward?.(JSON.stringify({ pod, ...logRecord(line) }));
  };
}

/** A line that is no JSON object, such as those that servers write to stderr, becomes the message of one. */
function logRecord(line: string): object {
  if (line.startsWith('{')) {
    try {
      return JSON.parse(line) as object;
    } catch {
      // Not JSON after all.
    }
  }
  return { level: 'info', time: new Date().toISOString(), msg: line };
}
