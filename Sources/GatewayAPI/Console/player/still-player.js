// A cell that cannot play its stream: one still a second from the ticket's snapshot URL, painted on the cell's canvas.

const PERIOD_MS = 1000;

export class StillPlayer extends EventTarget {
  #ended = new AbortController();
  #timer = null;
  frameAt = null;
  takenAt = null; // when the shown still was asked for
  error = null;
  gatewayState = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => Promise<string>} snapshotPath  a path with a ticket that is still good
   * @param {object} record  of `Metrics`
   */
  constructor(canvas, snapshotPath, record) {
    super();
    this.canvas = canvas;
    this.snapshotPath = snapshotPath;
    this.record = record;
    record.codec ??= "image/jpeg";
    this.#next();
  }

  destroy() {
    this.#ended.abort();
    clearTimeout(this.#timer);
  }

  receive() {}

  tick() {}

  async #next() {
    const began = performance.now();
    if (!document.hidden) await this.#take(began);
    if (this.#ended.signal.aborted) return;
    this.#timer = setTimeout(() => this.#next(), Math.max(50, PERIOD_MS - (performance.now() - began)));
  }

  async #take(began) {
    const { signal } = this.#ended;
    try {
      const path = await this.snapshotPath();
      const response = await fetch(path, {
        credentials: "same-origin", cache: "no-store", signal: AbortSignal.any([signal, AbortSignal.timeout(8000)]),
      });
      if (!response.ok) throw await failure(response);
      const image = await createImageBitmap(await response.blob());
      if (!signal.aborted) this.#paint(image, began);
      image.close();
    } catch (error) {
      if (signal.aborted) return;
      this.error = error;
      if (error.status === 401 || error.status === 403) this.dispatchEvent(new Event("refused"));
      this.dispatchEvent(new Event("state"));
    }
  }

  #paint(image, began) {
    const { canvas, record } = this;
    if (canvas.width !== image.width || canvas.height !== image.height) {
      canvas.width = image.width;
      canvas.height = image.height;
    }
    canvas.getContext("2d").drawImage(image, 0, 0);
    const now = performance.now();
    this.error = null;
    this.frameAt = now;
    this.takenAt = began;
    record.frames += 1;
    if (record.firstFrameAt === null) {
      record.firstFrameAt = now;
      record.firstFrame = now - record.clickedAt;
    }
    this.dispatchEvent(new Event("frame"));
  }
}

async function failure(response) {
  const body = await response.json().catch(() => null);
  return Object.assign(new Error(body?.error?.message ?? `取图失败（${response.status}）`), {
    status: response.status, reason: body?.error?.reason ?? "", remedy: body?.error?.remedy ?? null,
  });
}
