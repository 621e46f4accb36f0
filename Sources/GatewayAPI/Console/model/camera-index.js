// All camera points that the account may see, held for the search: a county has hundreds, and a keystroke must not wait.

import { search } from "./search.js";

const REFRESH_MS = 60_000;

export class CameraIndex extends EventTarget {
  #loading = null;
  #loadedAt = 0;
  points = [];
  error = null;

  constructor(api, events) {
    super();
    this.api = api;
    events.addEventListener("gateway", ({ detail }) => {
      if (detail.kind === "camera.health") this.#loadedAt = 0;
    });
  }

  get isLoaded() {
    return this.#loadedAt > 0 || this.points.length > 0;
  }

  /** Reads the list if it is old; a failure leaves what is known and stands in `error`. */
  async refresh({ force = false } = {}) {
    if (!force && performance.now() - this.#loadedAt < REFRESH_MS && this.#loadedAt > 0) return;
    this.#loading ??= this.#load().finally(() => { this.#loading = null; });
    await this.#loading;
  }

  search(text, limit) {
    return search(this.points, text, limit);
  }

  forget() {
    this.points = [];
    this.#loadedAt = 0;
  }

  async #load() {
    try {
      this.points = (await this.api.all("/camera-points")).items;
      this.#loadedAt = performance.now();
      this.error = null;
    } catch (error) {
      this.error = error;
    }
    this.dispatchEvent(new Event("change"));
  }
}
