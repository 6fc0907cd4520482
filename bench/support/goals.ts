import { BARE, BYTE_COPY, CHILD, IN_POD } from './kinds';
import { busiestOf, type CallCost, type Results } from './results';

/** So often a call may wake the shim: never, but for the chance in how often it wakes by itself. */
const SHIM_WAKE_UPS = 0.01;
const MEGABYTES_PER_MEBIBYTE = 1.048576;

/** What the proxy is to reach. */
export interface Goal {
  readonly what: string;
  readonly at: string;
  readonly measured: string;
  readonly isMet: boolean;
}

interface Value {
  readonly label: string;
  readonly value: number | undefined;
}

/** Compares with the goals what has been measured of it. */
export function goalsOf(results: Results): Goal[] {
  return [
    ...[CHILD, IN_POD].flatMap((name) => [...callGoals(results, name), ...processGoals(results, name)]),
    ...shimGoals(results),
  ];
}

function callGoals({ calls }: Results, name: string): Goal[] {
  const sessions = [...new Set(calls.map((cost) => cost.sessions))];
  const cost = (of: string, count: number, bytes: number) =>
    calls.find((one) => one.name === of && one.sessions === count && one.bytes === bytes);
  const compare = (bytes: number, to: string, figure: (own: CallCost, other: CallCost) => number) =>
    sessions.map((count): Value => {
      const [own, other] = [cost(name, count, bytes), cost(to, count, bytes)];
      return { label: `${count}: `, value: own && other && figure(own, other) };
    });
  const [small, large] = [...new Set(calls.map(({ bytes }) => bytes))].sort((a, b) => a - b);
  if (small === undefined || large === undefined) {
    return [];
  }
  const ratio = (own: CallCost, other: CallCost) => own.cpu / other.cpu;
  const added = (own: CallCost, other: CallCost) => own.p50 - other.p50;
  return [
    ...goal(`${name}: CPU per call ÷ ${BARE}, ${small} B`, compare(small, BARE, ratio), 1.5),
    ...goal(`${name}: CPU per call ÷ mcp-proxy, ${small} B`, compare(small, 'mcp-proxy', ratio), 1 / 12, 3),
    ...goal(`${name}: p50 more than ${BARE} at one session, ms`,
      compare(small, BARE, added).filter(({ label }) => label === '1: '), 0.15),
    ...goal(`${name}: CPU per call ÷ ${BYTE_COPY}, 64 KiB`, compare(large, BYTE_COPY, ratio), 1.5),
  ];
}

function processGoals({ memory, starts }: Results, name: string): Goal[] {
  const start = starts.find((one) => one.name === name && one.how === 'ahead');
  const most = memory.find((one) => one.name === name && one.sessions === 64);
  return [
    ...goal(`${name}: first call of a session on a process started ahead, ms later than on an open one`,
      [{ label: '', value: start && start.median - start.openCall }], 5),
    ...goal(`${name}: RSS with 64 sessions, MB`,
      [{ label: 'open: ', value: most && most.open * MEGABYTES_PER_MEBIBYTE },
        { label: 'after all loads: ', value: most && most.used * MEGABYTES_PER_MEBIBYTE }], 80, 1),
  ];
}

function shimGoals({ calls, shims }: Results): Goal[] {
  const wakeUps = shims.map(({ sessions, idleWakeUps }): Value => {
    const busiest = busiestOf(calls, IN_POD, sessions);
    return { label: `${sessions}: `, value: busiest && (busiest.shimWakeUps - idleWakeUps) / busiest.callsPerSecond };
  });
  const megabytes = shims.map(({ sessions, residentMebibytes }): Value =>
    ({ label: `${sessions}: `, value: residentMebibytes * MEGABYTES_PER_MEBIBYTE }));
  return [
    ...goal('shim: RSS, MB', megabytes, 5, 1),
    ...goal('shim: how often a call wakes it', wakeUps, SHIM_WAKE_UPS, 3),
  ];
}

/** Met when all values are at most so large. Nothing when there is none. */
function goal(what: string, values: readonly Value[], most: number, digits = 2): Goal[] {
  const measured = values.flatMap(({ label, value }) => value === undefined ? [] : [{ label, value }]);
  return measured.length === 0 ? [] : [{
    what, at: `≤ ${most.toFixed(digits)}`,
    measured: measured.map(({ label, value }) => `${label}${value.toFixed(digits)}`).join(', '),
    isMet: measured.every(({ value }) => value <= most),
  }];
}
