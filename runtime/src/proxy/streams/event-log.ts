/** One event of a session. */
export interface LoggedEvent {
  /** Counts the session's events. */
  readonly number: number;
  /** The stream that it belongs to. */
  readonly stream: number;
  /** Empty for one that carries no message. */
  readonly json: string;
}

export interface EventLogLimits {
  readonly events: number;
  /** Over all events. */
  readonly characters: number;
}

/** Much more than what is lost when a connection breaks. */
const MOST_EVENTS = 1000;
const MOST_CHARACTERS = 1024 * 1024;

/** What all logs share: a client that has left for good leaves its log until its session ends. */
const MOST_CHARACTERS_OF_ALL = 16 * 1024 * 1024;

/** @param sessions how many there are: the more, the less of each is kept */
export function eventLogLimits(sessions: () => number): EventLogLimits {
  return {
    events: MOST_EVENTS,
    get characters() {
      return Math.min(MOST_CHARACTERS, MOST_CHARACTERS_OF_ALL / sessions());
    },
  };
}

/** The last events of one session. The oldest give way to new ones. */
export class EventLog {
  /** A ring: the event of a number stands at that number modulo its length. Not every event is kept. */
  private readonly ring: (LoggedEvent | undefined)[] = [];
  private oldest = 1;
  private newest = 0;
  private characters = 0;

  /** @param onLost hears of every event that is no longer kept */
  constructor(private readonly onLost: (event: LoggedEvent) => void, private readonly limits: EventLogLimits) {}

  /** @returns the event's number */
  append(stream: number, json: string): number {
    const event = { number: ++this.newest, stream, json };
    if (this.newest - this.oldest >= this.limits.events) {
      this.forgetOldest();
    }
    if (json.length > this.limits.characters) {
      // All others would have to give way to it, and in vain.
      this.ring[this.slotOf(event.number)] = undefined;
      this.onLost(event);
      return event.number;
    }
    this.ring[this.slotOf(event.number)] = event;
    this.characters += json.length;
    while (this.characters > this.limits.characters) {
      this.forgetOldest();
    }
    return event.number;
  }

  /** Whether an event of this number has ever been. */
  hasSeen(number: number): boolean {
    return number <= this.newest;
  }

  /** What is kept of a stream's events after one of them, oldest first. */
  after(stream: number, number: number): LoggedEvent[] {
    const found: LoggedEvent[] = [];
    for (let next = Math.max(number + 1, this.oldest); next <= this.newest; next++) {
      const event = this.ring[this.slotOf(next)];
      if (event?.stream === stream) {
        found.push(event);
      }
    }
    return found;
  }

  private forgetOldest(): void {
    const slot = this.slotOf(this.oldest++);
    const event = this.ring[slot];
    this.ring[slot] = undefined;
    if (event !== undefined) {
      this.characters -= event.json.length;
      this.onLost(event);
    }
  }

  private slotOf(number: number): number {
    return number % this.limits.events;
  }
}
