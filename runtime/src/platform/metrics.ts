import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { DURATION_BUCKETS, type MetricDefinition } from '../../../lib/contract/metrics';

/** The metrics of one program: made from the contract's definitions only, so that rules and panels cannot miss them. */
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  counter(definition: MetricDefinition & { type: 'counter' }): Counter {
    return new Counter(this.options(definition));
  }

  /** @param collect sets the values when they are asked for; default: they are set when they change */
  gauge(definition: MetricDefinition & { type: 'gauge' }, collect?: (gauge: Gauge) => void): Gauge {
    return new Gauge({
      ...this.options(definition),
      ...(collect === undefined ? {} : { collect() { collect(this); } }),
    });
  }

  histogram(definition: MetricDefinition & { type: 'histogram' }): Histogram {
    return new Histogram({ ...this.options(definition), buckets: DURATION_BUCKETS });
  }

  private options({ name, help, labels }: MetricDefinition) {
    return { name, help, labelNames: [...labels], registers: [this.registry] };
  }
}
