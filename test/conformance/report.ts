import { legId, type Leg } from './legs';
import type { Outcome } from './results';

/** A row of the report, as `build/conformance.json` has it. */
export interface Row extends Leg {
  /** Scenarios without a failure. */
  readonly passed: number;
  readonly total: number;
  readonly failed: readonly string[];
  readonly warnings: readonly string[];
}

export function rowOf(leg: Leg, { total, failed, warnings }: Outcome): Row {
  return { ...leg, passed: total - failed.length, total, failed, warnings };
}

/** So many names are written out; a peer may fail dozens, and the report file has them all. */
const NAMES_IN_TABLE = 3;

/** All rows as one table in Markdown. */
export function table(rows: readonly Row[]): string {
  const header = ['path', 'client', 'server', 'isolation', 'passed', 'failed', 'with warnings'];
  const cells = rows.map((row) => [
    row.path, row.client, row.server, row.isolation, `${row.passed} / ${row.total}`, names(row.failed),
    names(row.warnings),
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column]!.length)));
  const line = (values: readonly string[]) =>
    `| ${values.map((value, column) => value.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

/** One line about one leg, for those who wait. */
export function progress(row: Row, seconds: number): string {
  const warnings = row.warnings.length === 0 ? '' : `, ${row.warnings.length} with warnings`;
  return `${legId(row)}: ${row.passed} of ${row.total} passed${warnings} (${seconds.toFixed(0)} s)`;
}

function names(scenarios: readonly string[]): string {
  const more = scenarios.length - NAMES_IN_TABLE;
  return [...scenarios.slice(0, NAMES_IN_TABLE), ...more > 0 ? [`${more} more`] : []].join(', ');
}
