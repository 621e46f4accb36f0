// The list of incidents, and opening one.

import { CATEGORY, LEVEL, word } from "../model/glossary.js";
import { moment, since } from "../model/format.js";
import { may } from "../model/permission.js";
import { fill, h, reconcile, setText } from "../view/dom.js";
import { empty, failure, loading } from "../view/states.js";
import { walkRows } from "../view/keyboard.js";
import { askIncident } from "../components/incident-form.js";
import { levelBadge, modeBadge } from "../components/badges.js";

export class IncidentsPage {
  #context;
  #ended = new AbortController();
  #state = "active";
  #items = null;
  #list = h("div.incident-list", { role: "list" });
  #body = h("div.page-body", loading("正在读取事件"));
  #count = h("span.quiet");
  #tabs;
  #removeKeys;

  constructor(context) {
    this.#context = context;
    const { signal } = this.#ended;
    this.#tabs = ["active", "ended"].map((state) => h("button.tab", {
      type: "button", role: "tab", dataset: { state }, onclick: () => this.#choose(state),
    }, state === "active" ? "进行中" : "已结束"));
    const opens = may.open(context.account.role);
    this.element = h("div.page-frame",
      h("header.page-head", h("h1", "事件"), h("div.tabs", { role: "tablist" }, this.#tabs), this.#count, h("div.shell-room"),
        opens && h("button.button.primary", { type: "button", onclick: () => this.#open() }, "新建事件 ", h("kbd", "N"))),
      this.#body);
    walkRows(this.#list, ".incident-row");
    context.events.addEventListener("gateway", ({ detail }) => { if (/^(incident|link)\./.test(detail.kind)) this.#soon(); }, { signal });
    context.events.addEventListener("state", ({ detail }) => { if (detail.resumed) this.#soon(); }, { signal });
    this.timer = setInterval(() => this.#ages(), 15_000);
    this.#removeKeys = context.keyboard.add([
      { keys: ["n"], show: "N", label: "新建事件", group: "事件", run: () => opens && this.#open() },
      { keys: ["ArrowDown"], show: "↑ ↓", label: "在列表中移动", group: "事件", run: () => this.#list.querySelector(".incident-row")?.focus() },
      { keys: [], show: "Enter", label: "进入事件", group: "事件", run: () => {} },
    ]);
    this.#choose("active");
  }

  unmount() {
    clearInterval(this.timer);
    clearTimeout(this.pending);
    this.#ended.abort();
    this.#removeKeys();
  }

  #choose(state) {
    this.#state = state;
    this.#items = null;
    for (const tab of this.#tabs) tab.setAttribute("aria-selected", String(tab.dataset.state === state));
    fill(this.#body, loading("正在读取事件"));
    this.#load();
  }

  #soon() {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.#load(), 150);
  }

  async #load() {
    const state = this.#state;
    try {
      const { items, total } = await this.#context.api.all("/incidents", { query: { state }, limit: 400, signal: this.#ended.signal });
      if (state !== this.#state) return;
      this.#items = items;
      setText(this.#count, `${total} 起`);
      this.#draw();
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      setText(this.#count, "");
      fill(this.#body, failure(error, () => this.#choose(this.#state), "没有读到事件列表"));
    }
  }

  #draw() {
    if (this.#items.length === 0) {
      fill(this.#body, this.#state === "active"
        ? empty("当前没有进行中的事件", may.open(this.#context.account.role) ? "按 N 新建事件，就近的监控点位会自动列出" : "有新事件时会自动出现在这里")
        : empty("还没有结束的事件"));
      return;
    }
    if (!this.#list.isConnected) fill(this.#body, this.#list);
    reconcile(this.#list, this.#items, (item) => `${item.id}`, () => h("a.incident-row", { role: "listitem" }), (row, item) => this.#row(row, item));
  }

  #row(row, item) {
    const signature = JSON.stringify(item);
    if (row.signature === signature) return;
    row.signature = signature;
    row.href = `#/incidents/${encodeURIComponent(item.id)}`;
    row.onclick = () => this.#context.metrics.click();
    row.dataset.mode = item.mode;
    fill(row,
      h("span.incident-number", item.number),
      h("span.incident-title", item.title, item.isDrill && h("span.badge", "演练")),
      h("span.incident-badges", levelBadge(item), modeBadge(item)),
      h("span.incident-stage", item.stage?.name ?? ""),
      h("span.incident-place.quiet", [word(CATEGORY, item.category), item.address].filter(Boolean).join(" · ")),
      h("span.incident-links", `${item.linkCount ?? 0} 路关联`),
      h("span.incident-time.quiet", { dataset: { since: item.endedAt ? "" : item.openedAt } },
        item.endedAt ? `${moment(item.openedAt)} 至 ${moment(item.endedAt)}` : `已开启 ${since(item.openedAt)}`));
    row.setAttribute("aria-label", `${item.number} ${item.title}，${word(LEVEL, item.level)}，${item.stage?.name ?? ""}`);
  }

  #ages() {
    for (const element of this.#list.querySelectorAll("[data-since]")) {
      if (element.dataset.since) setText(element, `已开启 ${since(element.dataset.since)}`);
    }
  }

  async #open() {
    const incident = await askIncident(this.#context);
    if (!incident?.id) return;
    this.#context.metrics.click();
    this.#context.router.go(`/incidents/${encodeURIComponent(incident.id)}`);
  }
}
