import { connectToShim } from './shim-connection';
import { InPodProcess } from './in-pod-process';
import { readAnswer } from './shim-line';
import { ShimWatch } from './shim-watch';
import type { Logger } from '../../platform/logger';
import type { Connection, Connector, ConnectorListener } from '../connector';

/** Reaches servers that the shim starts in the container of their own image, over a socket that both containers see. */
export class InPodConnector implements Connector {
  private readonly watch: ShimWatch;

  /** @param path of the shim's socket */
  constructor(private readonly path: string, logger: Logger) {
    this.watch = new ShimWatch(path, logger);
  }

  listen(listener: ConnectorListener): void {
    this.watch.start(listener);
  }

  async open(): Promise<Connection> {
    const { socket, answer } = await connectToShim(this.path, 'start',
      (opened, signal) => readAnswer(opened, 'process', signal));
    return new InPodProcess(socket, answer.process, this.watch.untilEnded(answer.process));
  }

  reportReady(isReady: boolean): void {
    this.watch.report(isReady ? 'ready' : 'not-ready');
  }

  reportDrained(): void {
    this.watch.report('drained');
  }

  stop(): void {
    this.watch.stop();
  }
}
