// The technical figures of one cell: what the gateway gets from the camera, what this screen gets from the gateway.

import { figureRows } from "../model/feed-figures.js";
import { h, setText } from "../view/dom.js";

const ASK_MS = 2000;

export class CellFigures {
  #api;
  #cell = null;
  #feed = null;
  #asked = -Infinity;
  #asking = false;
  #list = h("dl.cell-figures", { aria: { label: "技术数据" } });

  constructor(api) {
    this.#api = api;
  }

  toggle(cell) {
    const again = this.#cell === cell;
    this.hide();
    if (again) return;
    this.#cell = cell;
    this.#asked = -Infinity;
    cell.append(this.#list);
    this.refresh();
  }

  hide() {
    this.#list.remove();
    this.#list.replaceChildren();
    this.#cell = null;
    this.#feed = null;
  }

  /** Called twice a second: the screen's own figures are fresh, the gateway's are asked for now and then. */
  refresh() {
    const session = this.#cell?.session;
    if (!session || !this.#list.isConnected) return this.hide();
    this.#ask(session.subject);
    const rows = figureRows(this.#feed, session.record);
    while (this.#list.children.length > rows.length * 2) this.#list.lastChild.remove();
    rows.forEach(([label, value, isFault], index) => {
      if (this.#list.children.length <= index * 2) this.#list.append(h("dt"), h("dd"));
      const [term, text] = [this.#list.children[index * 2], this.#list.children[index * 2 + 1]];
      setText(term, label);
      setText(text, value);
      text.classList.toggle("is-fault", isFault === true);
    });
    return undefined;
  }

  async #ask({ cameraPointId, stream }) {
    const now = performance.now();
    if (this.#asking || now - this.#asked < ASK_MS) return;
    this.#asked = now;
    this.#asking = true;
    const cell = this.#cell;
    try {
      const answer = await this.#api.get(`/feeds/${encodeURIComponent(cameraPointId)}/${stream}`);
      if (this.#cell === cell) this.#feed = answer.feed;
    } catch {
      // The screen's own figures stay; the next answer brings the others back.
      if (this.#cell === cell) this.#feed = null;
    } finally {
      this.#asking = false;
    }
  }
}
