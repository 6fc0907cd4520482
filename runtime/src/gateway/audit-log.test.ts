import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { AuditLog, type AuditRecord } from './audit-log';

const RECORD: AuditRecord = {
  time: '2026-11-24T12:00:00.000Z', id: '0', trace_id: null, principal: null, client: null, method: 'ping',
  server: 'files', target: null, decision: null, outcome: 'ok', duration_ms: 1, bytes_in: 2, bytes_out: 3,
};

/** A reader that takes nothing until it is told to. */
class SlowReader extends Writable {
  readonly writes: string[] = [];
  private pending: (() => void)[] = [];
  slow = false;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(chunk.toString());
    if (this.slow) {
      this.pending.push(done);
    } else {
      done();
    }
  }

  catchUp(): void {
    this.slow = false;
    this.pending.splice(0).forEach((done) => done());
  }
}

const logTo = (lines: string[]) => pino({}, { write: (line: string) => lines.push(line) });

describe('AuditLog', () => {
  it('writes records as lines, many at once', async () => {
    const reader = new SlowReader();
    const audit = new AuditLog(logTo([]), reader);
    for (const id of ['1', '2', '3']) {
      audit.write({ ...RECORD, id });
    }
    expect(reader.writes).toEqual([]);
    await vi.waitFor(() => expect(reader.writes).toHaveLength(1));
    expect(reader.writes[0]!.split('\n').filter(Boolean).map((line) => JSON.parse(line) as AuditRecord))
      .toEqual(['1', '2', '3'].map((id) => ({ ...RECORD, id })));
  });

  it('has written everything when it is closed', async () => {
    const reader = new SlowReader();
    const audit = new AuditLog(logTo([]), reader);
    audit.write(RECORD);
    await audit.close();
    expect(reader.writes.join('')).toBe(`${JSON.stringify(RECORD)}\n`);
    expect(reader.writable).toBe(true);
  });

  it('drops records rather than grow without bounds, and says how many', async () => {
    const log: string[] = [];
    const reader = new SlowReader();
    reader.slow = true;
    const audit = new AuditLog(logTo(log), reader);
    const large = { ...RECORD, target: 'x'.repeat(1024 * 1024) };
    for (let count = 0; count < 20; count++) {
      audit.write(large);
    }
    await vi.waitFor(() => expect(log.join('')).toMatch(/"dropped":\d+/));
    reader.catchUp();
    const dropped = Number(/"dropped":(\d+)/.exec(log.join(''))![1]);
    await audit.close();
    expect(reader.writes.join('').split('\n').filter(Boolean)).toHaveLength(20 - dropped);
    expect(dropped).toBeGreaterThan(0);
  });

  it('survives a reader that is gone', async () => {
    const log: string[] = [];
    const audit = new AuditLog(logTo(log), new Writable({
      write: (_chunk, _encoding, done) => done(new Error('EPIPE')),
    }));
    audit.write(RECORD);
    await vi.waitFor(() => expect(log.join('')).toContain('audit records cannot be written'));
    audit.write(RECORD);
    await audit.close();
  });
});
