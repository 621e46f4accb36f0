// A page that is one table: read, filtered by a word, read again by a button or a clock.

import { normal } from "../model/search.js";
import { fill, h, setText } from "../view/dom.js";
import { empty, failure, loading } from "../view/states.js";

/**
 * @typedef {{title: string, key: string, text: (item) => string, className?: string}} Column
 */
export class RecordTable {
  #ended = new AbortController();
  #body = h("div.page-body.is-table", { tabindex: "0" }, loading());
  #count = h("span.quiet");
  #input;
  #items = null;
  #timer = null;
  #removeKeys;

  /** @param {{title: string, path: string, columns: Column[], none: [string, string], every?: number, footnote?: string, keep?: (item) => boolean}} page */
  constructor(context, page) {
    this.context = context;
    this.page = page;
    this.#input = h("input", { type: "search", placeholder: "筛选", aria: { label: "筛选", keyshortcuts: "/" }, maxlength: 60, oninput: () => this.#draw() });
    this.element = h("div.page-frame",
      h("header.page-head", h("h1", page.title), this.#count, h("div.shell-room"),
        h("div.search.is-plain", this.#input, h("kbd.search-key", "/")),
        h("button.button", { type: "button", onclick: () => this.read() }, "刷新")),
      page.footnote && h("p.page-note.quiet", page.footnote),
      this.#body);
    this.#removeKeys = context.keyboard.add([{ keys: ["/"], show: "/", label: "筛选", group: page.title, run: () => this.#input.focus() }]);
  }

  mounted() {
    this.read();
    if (this.page.every) this.#timer = setInterval(() => { if (!document.hidden) this.read(); }, this.page.every);
  }

  unmount() {
    clearInterval(this.#timer);
    this.#ended.abort();
    this.#removeKeys();
  }

  async read() {
    try {
      const { items } = await this.context.api.all(this.page.path, { signal: this.#ended.signal, limit: 2000 });
      this.#items = this.page.keep ? items.filter(this.page.keep) : items;
      this.#draw();
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      setText(this.#count, "");
      fill(this.#body, failure(error, () => this.read(), `没有读到${this.page.title}`));
    }
  }

  #draw() {
    if (!this.#items) return;
    const { columns, none } = this.page;
    const wanted = normal(this.#input.value);
    const rows = this.#items.map((item) => columns.map((column) => column.text(item) ?? ""))
      .filter((texts) => !wanted || texts.some((text) => normal(text).includes(wanted)));
    setText(this.#count, rows.length === this.#items.length ? `${rows.length} 条` : `${this.#items.length} 条中的 ${rows.length} 条`);
    if (rows.length === 0) {
      fill(this.#body, this.#items.length ? empty("没有符合的记录", "换一个词再试") : empty(...none));
      return;
    }
    const top = this.#body.scrollTop;
    fill(this.#body, h("table",
      h("thead", h("tr", columns.map((column) => h("th", { scope: "col", class: column.className ?? "" }, column.title)))),
      h("tbody", rows.map((texts) => h("tr", texts.map((text, index) => h("td", { class: columns[index].className ?? "" }, text || "—")))))));
    this.#body.scrollTop = top;
  }
}
