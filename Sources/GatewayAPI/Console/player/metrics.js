// What the player measured, for tests and for the curious: `window.lookout.metrics`. Times are `performance.now()` ms.

const CLICK_MS = 3000;

/**
 * `cells[n]` of the cells on the screen: `cameraPointId`, `clickedAt`, `ticketAt`, `putAt`, `initAt`, `fragmentAt`, `firstFrameAt`,
 * `firstFrame` (ms from the click), `frames`, `lag` (ms), `behind` (s in the buffer), `target` (s to hold there), `rate`, `state`, `stalls`, `jumps`, `holes`,
 * `dropped`, `rebuilds`, `codec`.
 */
export class Metrics {
  cells = {};
  connection = { opened: 0, lost: 0, bytes: 0, messages: 0 };
  #clickedAt = null;

  /** The click that the next cells answer to. */
  click(at = performance.now()) {
    this.#clickedAt = at;
  }

  /** A fresh record for a cell that begins to show a camera point; without a recent click its beginning is the click. */
  begin(cell, cameraPointId) {
    const now = performance.now();
    const clickedAt = this.#clickedAt !== null && now - this.#clickedAt < CLICK_MS ? this.#clickedAt : now;
    const record = {
      cell, cameraPointId, clickedAt, ticketAt: null, putAt: null, initAt: null,
      fragmentAt: null, firstFrameAt: null, firstFrame: null, frames: 0, lag: null, behind: 0, target: null, rate: 1, state: "connecting",
      stalls: 0, jumps: 0, holes: 0, dropped: 0, rebuilds: 0, codec: null,
    };
    this.cells[cell] = record;
    return record;
  }

  end(record) {
    if (this.cells[record.cell] === record) delete this.cells[record.cell];
  }
}
