// How a live cell keeps to the live edge: a pure decision, made at every frame and fragment.
// All times are seconds of the media timeline.

export const TARGET = 0.25; // what a cell holds in its buffer, against jitter
export const JUMP = 3; // further behind than this, catching up would take too long to be live
export const MAX_RATE = 2;
export const SLOW_RATE = 0.9;
const EASE = 0.15; // no change of rate within this distance of the target
const HOLE = 0.12; // a hole is bridged once the picture is this close to its edge

/**
 * @param {{ranges: [number, number][], currentTime: number, stalled?: boolean}} at  buffered ranges in order;
 *   `stalled` when the element waits for data
 * @returns {{rate: number, seekTo: number|null, cause: "hole"|"late"|"before"|null, behind: number}}
 */
export function pace({ ranges, currentTime, stalled = false }) {
  if (ranges.length === 0) return steady(0);
  const edge = ranges[ranges.length - 1][1];
  const behind = Math.max(0, edge - currentTime);
  if (behind > JUMP) {
    const start = ranges[ranges.length - 1][0];
    return { rate: 1, seekTo: Math.max(start, edge - TARGET), cause: "late", behind };
  }
  const here = ranges.findIndex(([start, end]) => currentTime >= start && currentTime <= end);
  const next = ranges.find(([start]) => start > currentTime);
  if (here < 0) {
    return next ? { rate: 1, seekTo: next[0], cause: currentTime < ranges[0][0] ? "before" : "hole", behind } : steady(behind);
  }
  if (next && (ranges[here][1] - currentTime < (stalled ? HOLE * 2 : HOLE / 2))) {
    return { rate: 1, seekTo: next[0], cause: "hole", behind };
  }
  return { rate: rate(behind), seekTo: null, cause: null, behind };
}

function steady(behind) {
  return { rate: 1, seekTo: null, cause: null, behind };
}

/**
 * Faster the further behind, in steps of 0.05 so that the element is not told anew at each frame; a little slower while
 * there is next to nothing in the buffer, so that it fills again instead of stalling frame by frame.
 */
export function rate(behind) {
  if (behind < TARGET / 2) return SLOW_RATE;
  const excess = behind - TARGET;
  if (excess <= EASE) return 1;
  const wanted = 1.05 + (excess - EASE) * 0.6;
  return Math.min(MAX_RATE, Math.round(wanted * 20) / 20);
}

/** What may be dropped from the front of the buffer: `[from, to)`, or `null` while it is not worth the work. */
export function eviction({ ranges, currentTime, keep = 4, atLeast = 6 }) {
  if (ranges.length === 0) return null;
  const start = ranges[0][0];
  const to = currentTime - keep;
  return to - start >= atLeast ? [start, to] : null;
}
