import type { Format } from './caller';
import { goalsOf } from './goals';
import { BARE, IN_POD, KINDS } from './kinds';
import { busiestOf, type CallCost, type Memory, type Results, type ShimCost } from './results';
import type { SessionStart } from './session-start';

/** From so few ticks, a figure may be wrong by some percent. */
const FEW_TICKS = 100;

/** All that was measured, as tables. */
export function reportOf(results: Results): string {
  const { calls, memory, shims, starts, machine, loadBefore } = results;
  const payloads = [...new Set(calls.map(({ bytes }) => bytes))];
  return [
    `${machine}; load before the run: ${loadBefore.toFixed(1)}`,
    ...payloads.flatMap((bytes) => (['json', 'sse'] as const).map((format) => callTable(calls, bytes, format))),
    memoryTable(memory),
    ...shims.length > 0 ? [shimTable(shims, calls)] : [],
    startTable(starts),
    table('Goals', ['', 'goal', 'measured (sessions: value)', ''],
      goalsOf(results).map(({ what, at, measured, isMet }) => [what, at, measured, isMet ? 'met' : '**missed**'])),
  ].join('\n\n');
}

/** In a table of JSON, what answers as SSE only is there as such. */
function callTable(calls: readonly CallCost[], bytes: number, format: Format): string {
  const formatOf = (name: string) => {
    const { formats } = KINDS.find((kind) => kind.name === name)!;
    return formats.includes(format) || format === 'sse' ? format : formats[0]!;
  };
  const rows = calls.filter((cost) => cost.bytes === bytes && cost.format === formatOf(cost.name));
  const bareCpu = (sessions: number) =>
    rows.find((row) => row.name === BARE && row.sessions === sessions)?.cpu ?? NaN;
  rows.sort((a, b) => a.sessions - b.sessions || place(a.name) - place(b.name));
  return table(
    `${bytes} B, ${format === 'json' ? 'JSON' : 'SSE'}`,
    ['sessions', '', 'CPU µs a call', '× bare', 'servers µs a call', 'calls/s', 'p50 ms', 'p99 ms', 'RSS MiB'],
    rows.map((row) => [
      String(row.sessions), row.format === format ? row.name : `${row.name} (SSE)`, `${row.cpu.toFixed(1)}${row.ticks < FEW_TICKS ? ' ~' : ''}`,
      (row.cpu / bareCpu(row.sessions)).toFixed(2), row.serversCpu.toFixed(1), row.callsPerSecond.toFixed(0),
      row.p50.toFixed(2), row.p99.toFixed(2), row.residentMebibytes.toFixed(0),
    ]));
}

function memoryTable(memory: readonly Memory[]): string {
  return table('Memory of the program itself, MiB', ['sessions', '', 'before the first', 'open', 'after all loads'],
    memory.map(({ sessions, name, none, open, used }) =>
      [String(sessions), name, none.toFixed(0), open.toFixed(0), used.toFixed(0)]));
}

function shimTable(shims: readonly ShimCost[], calls: readonly CallCost[]): string {
  return table('The shim: CPU in % of a core, and how often it wakes in a second, idle and under the load with most calls',
    ['sessions', 'RSS MiB', 'CPU idle', 'CPU under load', 'wakes idle', 'wakes under load', 'calls/s'],
    shims.map(({ sessions, residentMebibytes, idleCpuPercent, idleWakeUps }) => {
      const most = busiestOf(calls, IN_POD, sessions)!;
      return [
        String(sessions), residentMebibytes.toFixed(1), idleCpuPercent.toFixed(2),
        (most.shimCpu * most.callsPerSecond / 10_000).toFixed(2), idleWakeUps.toFixed(0), most.shimWakeUps.toFixed(0),
        most.callsPerSecond.toFixed(0),
      ];
    }));
}

function startTable(starts: readonly SessionStart[]): string {
  return table('From `initialize` to the first answered call, ms', ['', 'process', 'median', 'worst', 'a call of an open session'],
    starts.map(({ name, how, median, worst, openCall }) => [
      name, how === 'ahead' ? 'started ahead' : 'started then', median.toFixed(1), worst.toFixed(1), openCall.toFixed(2),
    ]));
}

function place(name: string): number {
  return KINDS.findIndex((kind) => kind.name === name);
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [`### ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
