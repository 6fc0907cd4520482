import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const checksSchema = z.array(z.object({
  id: z.string(),
  status: z.string(),
  errorMessage: z.string().optional(),
}));

/** What the suite found about one thing that a scenario looks at. */
export type Check = z.infer<typeof checksSchema>[number];

/** What became of the scenarios that count. */
export interface Outcome {
  readonly total: number;
  /** Scenarios with a failed check, and those that never got to an end. */
  readonly failed: readonly string[];
  /** Scenarios without a failed check, but with a warning. */
  readonly warnings: readonly string[];
}

/** The suite names a folder of results after the scenario and the time. */
const FOLDER = /^server-(.+)-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d+Z$/;

/** The checks of each scenario that came to an end, from the folder that the suite was given for its results. */
export function readChecks(directory: string): Map<string, Check[]> {
  const folders = existsSync(directory) ? readdirSync(directory) : [];
  return new Map(folders.flatMap((folder) => {
    const scenario = FOLDER.exec(folder)?.[1];
    const file = join(directory, folder, 'checks.json');
    return scenario === undefined || !existsSync(file)
      ? []
      : [[scenario, checksSchema.parse(JSON.parse(readFileSync(file, 'utf8')))] as const];
  }));
}

/** @param scored the scenarios that count; what else was run is left aside */
export function outcomeOf(checks: ReadonlyMap<string, readonly Check[]>, scored: readonly string[]): Outcome {
  const has = (scenario: string, status: string) => checks.get(scenario)?.some((check) => check.status === status);
  const failed = scored.filter((scenario) => has(scenario, 'FAILURE') ?? true);
  const warnings = scored.filter((scenario) => !failed.includes(scenario) && has(scenario, 'WARNING'));
  return { total: scored.length, failed, warnings };
}

/** Why a scenario did not do well, a line for each reason. */
export function reasonsOf(checks: readonly Check[] | undefined): string[] {
  return checks === undefined
    ? ['it came to no end']
    : checks.filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
      .map(({ id, status, errorMessage = 'no reason given' }) => `${status} ${id}: ${errorMessage}`);
}
