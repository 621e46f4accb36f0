// How late the picture on the screen is.
//
// A fragment's arrival less its media time is smallest for fragments that came straight from the camera; fragments out of
// the gateway's cache, or held up on the way, come later. The smallest difference of the last seconds is therefore the
// live line, and the shown frame's distance from it is its lag. Clocks may drift: old samples leave the window.

const WINDOW_MS = 12_000;

export class LagMeter {
  #samples = [];

  /** @param {number} arrival ms, monotonic  @param {number} mediaTime seconds */
  arrived(arrival, mediaTime) {
    const difference = arrival - mediaTime * 1000;
    // A monotonic queue: its head is always the minimum of the window.
    while (this.#samples.length && this.#samples[this.#samples.length - 1].difference >= difference) this.#samples.pop();
    this.#samples.push({ arrival, difference });
    while (this.#samples[0].arrival < arrival - WINDOW_MS) this.#samples.shift();
  }

  /** Milliseconds that the frame of this media time is behind the live line, or `null` before the first fragment. */
  lag(now, mediaTime) {
    if (this.#samples.length === 0) return null;
    return Math.max(0, now - mediaTime * 1000 - this.#samples[0].difference);
  }

  reset() {
    this.#samples = [];
  }
}
