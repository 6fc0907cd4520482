import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** From 0. */
  readonly lineNumber: number;
  readonly columnNumber: number;
}

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  /** Microseconds of the monotonic clock, as process.hrtime() has it. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/**
 * Microseconds that were spent in each function itself, without what it calls, between two moments.
 *
 * @returns by function and place in the source; without the time in which nothing was to do
 */
export function selfTimes(file: string, begun: number, ended: number): Map<string, number> {
  const { nodes, startTime, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const times = new Map<string, number>();
  let time = startTime;
  for (const [index, id] of samples.entries()) {
    time += timeDeltas[index]!;
    const place = places.get(id)!;
    // A sample stands for the time until the next one.
    const duration = timeDeltas[index + 1] ?? 0;
    if (time >= begun && time < ended && place !== '(idle)') {
      times.set(place, (times.get(place) ?? 0) + duration);
    }
  }
  return times;
}

const sourceMaps = new Map<string, SourceMap | undefined>();

function placeOf({ functionName, url, lineNumber, columnNumber }: CallFrame): string {
  const name = functionName === '' && url !== '' ? '(anonymous)' : functionName;
  if (!url.startsWith('file:')) {
    return url === '' ? name : `${name}  ${url}:${lineNumber + 1}`;
  }
  const entry = sourceMapOf(fileURLToPath(url))?.findEntry(lineNumber, columnNumber);
  return entry !== undefined && 'originalSource' in entry
    ? `${name}  ${entry.originalSource.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}`
    : `${name}  ${url}:${lineNumber + 1}`;
}

function sourceMapOf(file: string): SourceMap | undefined {
  if (!sourceMaps.has(file)) {
    const map = `${file}.map`;
    sourceMaps.set(file, existsSync(map)
      ? new SourceMap(JSON.parse(readFileSync(map, 'utf8')) as ConstructorParameters<typeof SourceMap>[0]) : undefined);
  }
  return sourceMaps.get(file);
}
