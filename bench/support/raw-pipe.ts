// What a round trip to the echo server costs without HTTP: a line to a process, and a line back. It makes its load
// itself; POST / says how much of it (`sessions`, `bytes`, `milliseconds`) and is answered with the latencies.
import { strict as assert } from 'node:assert';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CallBody } from './call-body';

const LINE_FEED = 0x0a;

export interface PipeRun {
  readonly sessions: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

/** The echo server, called over pipes again and again. */
class PipeCaller {
  private readonly child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath, [join(import.meta.dirname, 'echo-server.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });

  private calls = 0;
  private received: Buffer[] = [];
  private onLine!: (line: Buffer) => void;

  constructor() {
    this.child.stdout.on('data', (chunk: Buffer) => {
      this.received.push(chunk);
      if (chunk[chunk.length - 1] === LINE_FEED) {
        const line = this.received.length === 1 ? chunk : Buffer.concat(this.received);
        this.received = [];
        this.onLine(line);
      }
    });
  }

  /** @returns the latencies in milliseconds */
  callUntil(end: number, body: CallBody): Promise<number[]> {
    const latencies: number[] = [];
    return new Promise((resolve) => {
      let begun = performance.now();
      this.onLine = (line) => {
        this.check(line, body);
        const now = performance.now();
        latencies.push(now - begun);
        begun = now;
        if (now < end) {
          this.call(body);
        } else {
          resolve(latencies);
        }
      };
      this.call(body);
    });
  }

  private call(body: CallBody): void {
    const [beginning, rest] = body.parts(++this.calls).parts;
    const { stdin } = this.child;
    stdin.cork();
    stdin.write(beginning);
    stdin.write(`${rest}\n`);
    stdin.uncork();
  }

  /** Only what tells one call from another: the rest is not what a parent would look at. */
  private check(line: Buffer, { text: sent }: CallBody): void {
    const end = `"id":${this.calls}}\n`;
    assert.ok(line.length > sent.length && line.toString('latin1', line.length - end.length) === end, line.toString());
  }
}

const callers: PipeCaller[] = [];

async function run(request: IncomingMessage): Promise<number[]> {
  const { sessions, bytes, milliseconds } = JSON.parse(await text(request)) as PipeRun;
  while (callers.length < sessions) {
    callers.push(new PipeCaller());
  }
  const body = new CallBody(bytes, 'pipe');
  const end = performance.now() + milliseconds;
  return (await Promise.all(callers.slice(0, sessions).map((caller) => caller.callUntil(end, body)))).flat();
}

const server = createServer((request, response) => {
  run(request).then(
    (latencies) => response.end(JSON.stringify(latencies)),
    (error: unknown) => response.writeHead(500).end(String(error)));
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stderr.write(`${JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${port}` })}\n`);
});
