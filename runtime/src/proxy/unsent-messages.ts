/** Messages of the server that wait for a stream of the client. The oldest give way to new ones. */
export class UnsentMessages {
  private messages: string[] = [];
  private length = 0;

  /** @param limit how much is held, in characters */
  constructor(private readonly limit: number) {}

  /** @returns how many messages had to give way */
  push(message: string): number {
    this.messages.push(message);
    this.length += message.length;
    let dropped = 0;
    while (this.length > this.limit) {
      this.length -= this.messages[dropped]!.length;
      dropped++;
    }
    this.messages.splice(0, dropped);
    return dropped;
  }

  /** Gives the messages away, oldest first. */
  take(): string[] {
    const { messages } = this;
    this.messages = [];
    this.length = 0;
    return messages;
  }
}
