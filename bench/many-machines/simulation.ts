import { Random } from '../../src/runtime/random.js';

/**
 * Workers that take shards from a queue. All times in seconds.
 *
 * A shard of `n` pictures takes `n × perPicture × noise × slowness of the worker`; noise is log-normal with mean 1, each
 * worker's slowness is 1, or `slowdown` for a share `stragglers` of them. Taking and handing back a shard takes `queue`, once
 * for all workers at a time (Redis does one thing after another) for the part `serial` of it. Each worker dies after an
 * exponentially distributed time with mean `timeToFailure`; its shard is taken up again after the lock has run out and the
 * next look for such, evenly between `lock` and 1.5 × `lock`; the worker is back after `repair`. A worker that begins
 * needs `startUp` before its first shard.
 */
export interface Model {
  readonly pictures: number;
  readonly shards: number;
  readonly workers: number;
  readonly perPicture: number;
  /** Standard deviation of the logarithm of the noise. */
  readonly noise: number;
  readonly stragglers: number;
  readonly slowdown: number;
  readonly queue: number;
  readonly serial: number;
  readonly startUp: number;
  /** Infinity: never. */
  readonly timeToFailure: number;
  readonly lock: number;
  readonly repair: number;
}

export interface Outcome {
  /** Until the last shard is there. */
  readonly seconds: number;
  /** Pictures a second over what the workers would do alone and without failures: 1 is perfect. */
  readonly efficiency: number;
  readonly failures: number;
  /** Worker-seconds spent on shards that were lost with their worker. */
  readonly lost: number;
  /** Share of all worker-seconds in the queue. */
  readonly queueShare: number;
  /** From the first worker that finds nothing to do until the end. */
  readonly tail: number;
}

interface Event {
  readonly at: number;
  readonly kind: 'free' | 'back' | 'again';
  readonly worker: number;
  readonly shard: number;
}

/** Plays one course of events; the same seed gives the same. */
export function simulate(model: Model, seed: number): Outcome {
  const { pictures, shards, workers, perPicture, noise, queue, serial } = model;
  const random = new Random(seed);
  const exponential = (mean: number) => (mean === Infinity ? Infinity : -mean * Math.log(1 - random.next()));
  const slow = Array.from({ length: workers }, () => (random.next() < model.stragglers ? model.slowdown : 1));
  const dies = Array.from({ length: workers }, () => exponential(model.timeToFailure));
  const waiting = Array.from({ length: shards }, (_, i) => shards - 1 - i);
  const events = new Heap();
  for (let worker = 0; worker < workers; worker++) {
    events.push({ at: model.startUp * random.between(0.9, 1.1), kind: 'free', worker, shard: -1 });
  }
  const idle: number[] = [];
  let [left, end, redisFree, lost, failures, inQueue, firstIdle] = [shards, 0, 0, 0, 0, 0, Infinity];
  const begin = (worker: number, now: number) => {
    if (dies[worker]! <= now) {
      // it died while it had nothing to do
      failures++;
      const back = now + model.repair;
      dies[worker] = back + exponential(model.timeToFailure);
      events.push({ at: back + model.startUp, kind: 'free', worker, shard: -1 });
      return;
    }
    const shard = waiting.pop();
    if (shard === undefined) {
      firstIdle = Math.min(firstIdle, now);
      idle.push(worker);
      return;
    }
    const from = Math.max(now, redisFree);
    redisFree = from + queue * serial;
    const took = from - now + queue;
    const size = Math.floor(((shard + 1) * pictures) / shards) - Math.floor((shard * pictures) / shards);
    const work = size * perPicture * slow[worker]! * Math.exp(noise * random.normal() - (noise * noise) / 2);
    const done = now + took + work;
    const death = dies[worker]!;
    if (death >= done) {
      inQueue += took;
      events.push({ at: done, kind: 'free', worker, shard });
      return;
    }
    failures++;
    lost += death - now;
    events.push({ at: death + model.lock * random.between(1, 1.5), kind: 'again', worker, shard });
    dies[worker] = death + model.repair + model.startUp + exponential(model.timeToFailure);
    events.push({ at: death + model.repair + model.startUp, kind: 'back', worker, shard: -1 });
  };
  for (let event = events.pop(); event && left > 0; event = events.pop()) {
    const { at, kind, worker, shard } = event;
    if (kind === 'again') {
      waiting.push(shard);
      firstIdle = Infinity;
      const next = idle.pop();
      if (next !== undefined) begin(next, at);
      continue;
    }
    if (shard >= 0) {
      left--;
      end = at;
    }
    begin(worker, at);
  }
  const speed = slow.reduce((sum, factor) => sum + 1 / factor, 0) / perPicture;
  return {
    seconds: end,
    efficiency: pictures / speed / end,
    failures,
    lost,
    queueShare: inQueue / (workers * end),
    tail: Math.max(0, end - firstIdle),
  };
}

/** Events by their time. */
class Heap {
  readonly #items: Event[] = [];

  push(event: Event): void {
    const items = this.#items;
    items.push(event);
    for (let i = items.length - 1; i > 0;) {
      const above = (i - 1) >> 1;
      if (items[above]!.at <= items[i]!.at) return;
      [items[above], items[i]] = [items[i]!, items[above]!];
      i = above;
    }
  }

  pop(): Event | undefined {
    const items = this.#items;
    const [first, last] = [items[0], items.pop()];
    if (!first || items.length === 0) return first;
    items[0] = last!;
    for (let i = 0; ;) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      if (left >= items.length) return first;
      const least = right < items.length && items[right]!.at < items[left]!.at ? right : left;
      if (items[i]!.at <= items[least]!.at) return first;
      [items[i], items[least]] = [items[least]!, items[i]!];
      i = least;
    }
  }
}
