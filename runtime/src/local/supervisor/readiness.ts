import { setTimeout as delay } from 'node:timers/promises';

const POLL_INTERVAL_MS = 100;
const ANSWER_TIMEOUT_MS = 2000;

export interface ReadinessOptions {
  /** Answers with a success when the program can serve. */
  readonly url: string;
  readonly timeoutMs: number;
  /** Ends the wait before its time. */
  readonly signal: AbortSignal;
  /** Why waiting is in vain, once it is. */
  readonly hopeless: () => string | undefined;
}

/**
 * Waits until a program is ready, as the kubelet sees it: its URL answers with 200 to 399.
 *
 * @returns why it is not ready, or undefined when it is
 */
export async function awaitReady(options: ReadinessOptions): Promise<string | undefined> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    const answer = await ask(options.url);
    if (answer === undefined) {
      return undefined;
    }
    const reason = options.signal.aborted ? 'the run was ended' : options.hopeless();
    if (reason !== undefined) {
      return reason;
    }
    if (Date.now() > deadline) {
      return `after ${options.timeoutMs / 1000} s ${answer}`;
    }
    await delay(POLL_INTERVAL_MS);
  }
}

/** What speaks against its being ready. */
async function ask(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    const text = await response.text();
    return response.status < 400 ? undefined : `${url} answers ${response.status} ${text.slice(0, 200)}`;
  } catch {
    return `${url} does not answer`;
  }
}
