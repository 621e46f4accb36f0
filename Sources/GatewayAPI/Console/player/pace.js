// How a live cell keeps to the live edge: a pure decision, made at every frame and fragment.
// All times are seconds of the media timeline.

export const TARGET = 0.25; // what a cell holds in its buffer against jitter, where the network is quiet
export const LONGEST_TARGET = 1; // and where it is not
export const JUMP = 4; // further behind than this, catching up would take too long to be live
export const START_RATE = 2; // through the cached pictures, up to the live edge for the first time
export const MAX_RATE = 1.25;
export const SLOW_RATE = 0.9;
const EASE = 0.15; // no change of rate within this distance of the target
const HOLE = 0.12; // a hole is bridged once the picture is this close to its edge

/**
 * @param {{ranges: [number, number][], currentTime: number, stalled?: boolean, target?: number, starting?: boolean}} at  buffered
 *   ranges in order; `stalled` when the element waits for data; `target` s to hold; `starting` until live for the first time
 * @returns {{rate: number, seekTo: number|null, cause: "hole"|"late"|"before"|null, behind: number}}
 */
export function pace({ ranges, currentTime, stalled = false, target = TARGET, starting = false }) {
  if (ranges.length === 0) return steady(0);
  const edge = ranges[ranges.length - 1][1];
  const behind = Math.max(0, edge - currentTime);
  if (behind > JUMP) {
    const start = ranges[ranges.length - 1][0];
    return { rate: 1, seekTo: Math.max(start, edge - target), cause: "late", behind };
  }
  const here = ranges.findIndex(([start, end]) => currentTime >= start && currentTime <= end);
  const next = ranges.find(([start]) => start > currentTime);
  if (here < 0) {
    return next ? { rate: 1, seekTo: next[0], cause: currentTime < ranges[0][0] ? "before" : "hole", behind } : steady(behind);
  }
  if (next && (ranges[here][1] - currentTime < (stalled ? HOLE * 2 : HOLE / 2))) {
    return { rate: 1, seekTo: next[0], cause: "hole", behind };
  }
  return { rate: rate(behind, { target, starting }), seekTo: null, cause: null, behind };
}

function steady(behind) {
  return { rate: 1, seekTo: null, cause: null, behind };
}

/**
 * 1.05 to 1.1 up to a second behind, which nobody sees; a quarter faster beyond, since an operator must not act on what is
 * seconds old. In steps, so that the element is not told anew at each frame; a little slower while there is next to nothing in
 * the buffer, so that it fills again instead of stalling frame by frame.
 */
export function rate(behind, { target = TARGET, starting = false } = {}) {
  if (behind < target / 2) return SLOW_RATE;
  const excess = behind - target;
  if (excess <= EASE) return 1;
  if (starting) return Math.min(START_RATE, Math.round((1.05 + (excess - EASE) * 0.6) * 20) / 20);
  if (excess <= 0.5) return 1.05;
  return excess <= 1 ? 1.1 : MAX_RATE;
}

/**
 * How much a cell holds: a quarter of a second, up to a whole one on a network that lets it run dry. Each stall doubles it;
 * half a minute without one takes a quarter of a second back.
 */
export class Hold {
  #changedAt = 0;
  target = TARGET;

  /** @param {number} now ms */
  stalled(now) {
    // A hole or a dead camera stalls once, jitter again and again: two stalls within a second are one.
    if (now - this.#changedAt < 1000 && this.#changedAt > 0) return;
    this.target = Math.min(LONGEST_TARGET, this.target * 2);
    this.#changedAt = now;
  }

  tick(now) {
    if (this.target <= TARGET || now - this.#changedAt < 30_000) return;
    this.target = Math.max(TARGET, this.target - 0.25);
    this.#changedAt = now;
  }
}

/** What may be dropped from the front of the buffer: `[from, to)`, or `null` while it is not worth the work. */
export function eviction({ ranges, currentTime, keep = 4, atLeast = 6 }) {
  if (ranges.length === 0) return null;
  const start = ranges[0][0];
  const to = currentTime - keep;
  return to - start >= atLeast ? [start, to] : null;
}
