import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the server counts, for Prometheus. */
export interface ServerMetrics {
  readonly registry: Registry;
  requestDone(route: string, method: string, status: number, seconds: number): void;
  batchDone(size: number, seconds: number): void;
  /** Pictures refused because too many were waiting. */
  queueWasFull(): void;
}

/** @param waiting asked when the figures are read. */
export function serverMetrics(waiting: () => number): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'finetune_request_seconds',
    help: 'Time of requests, from their headers to the end of the answer',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    registers,
  });
  const batches = new Histogram({
    name: 'finetune_batch_seconds',
    help: 'Time of batches in the network',
    buckets: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers,
  });
  const sizes = new Histogram({
    name: 'finetune_batch_pictures',
    help: 'Pictures in a batch',
    buckets: [1, 2, 4, 8, 16],
    registers,
  });
  const full = new Counter({
    name: 'finetune_queue_full_total',
    help: 'Requests that were told to come back',
    registers,
  });
  new Gauge({
    name: 'finetune_waiting_pictures',
    help: 'Pictures that wait for the network',
    registers,
    collect() {
      this.set(waiting());
    },
  });
  return {
    registry,
    requestDone: (route, method, status, seconds) =>
      requests.observe({ route, method, status: String(status) }, seconds),
    batchDone: (size, seconds) => {
      batches.observe(seconds);
      sizes.observe(size);
    },
    queueWasFull: () => full.inc(),
  };
}
