// Jittered exponential back-off. Pure: the caller waits.

export class BackOff {
  #attempt = 0;

  constructor({ first = 500, limit = 15_000, random = Math.random } = {}) {
    this.first = first;
    this.limit = limit;
    this.random = random;
  }

  /** Milliseconds to wait before the next attempt: between half of and the whole doubled step. */
  next() {
    const step = Math.min(this.limit, this.first * 2 ** Math.min(this.#attempt, 16));
    this.#attempt += 1;
    return Math.round(step / 2 + this.random() * (step / 2));
  }

  reset() {
    this.#attempt = 0;
  }
}
