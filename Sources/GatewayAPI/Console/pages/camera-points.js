// All camera points with filters and health; the chosen one with its dossier, probes and, for patrol, its picture.

import { ACCESS_METHOD, HEALTH, POINT_STATUS, SOURCE_CATEGORY, word } from "../model/glossary.js";
import { moment } from "../model/format.js";
import { normal, search } from "../model/search.js";
import { fill, h, reconcile } from "../view/dom.js";
import { empty, failure, loading } from "../view/states.js";
import { walkRows } from "../view/keyboard.js";
import { healthMark } from "../components/badges.js";
import { CameraDetail } from "../components/camera-detail.js";

const FILTERS = { accessMethod: ["接入方式", ACCESS_METHOD], sourceCategory: ["来源类别", SOURCE_CATEGORY], health: ["在线状态", HEALTH] };

export class CameraPointsPage {
  #context;
  #ended = new AbortController();
  #filters = {};
  #input = h("input", { type: "search", placeholder: "名称、编码、地址、拼音首字母", aria: { label: "搜索点位", keyshortcuts: "/" }, maxlength: 60 });
  #selects = new Map();
  #rows = h("div.camera-rows", { role: "list" });
  #body = h("div.camera-list", loading("正在读取点位"));
  #summary = h("div.camera-summary", { role: "status" });
  #side = h("aside.camera-side", { aria: { label: "点位档案" } });
  #clear = h("button.button", { type: "button", onclick: () => this.#reset() }, "清除筛选");
  #isRevealed = false;
  #detail = null;
  #removeKeys;

  constructor(context, id) {
    this.#context = context;
    this.chosen = id ?? null;
    const query = context.router.query;
    for (const [name, [label, table]] of Object.entries(FILTERS)) {
      const select = h("select", { aria: { label } }, h("option", { value: "" }, `${label}：全部`), Object.keys(table).map((value) => h("option", { value }, word(table, value))));
      select.value = query.get(name) ?? "";
      select.addEventListener("change", () => this.#draw());
      this.#selects.set(name, select);
    }
    this.#input.value = query.get("q") ?? "";
    this.#input.addEventListener("input", () => this.#draw());
    this.#input.addEventListener("keydown", (event) => this.#leaveSearch(event));
    this.element = h("div.page-frame",
      h("header.page-head", h("h1", "监控点位"), this.#summary, h("div.shell-room"), h("div.search.is-plain", this.#input, h("kbd.search-key", "/"))),
      h("div.filters", [...this.#selects.values()], this.#clear),
      h("div.camera-page", this.#body, this.#side));
    walkRows(this.#rows, ".camera-row");
    context.cameras.addEventListener("change", () => this.#draw(), { signal: this.#ended.signal });
    context.events.addEventListener("gateway", ({ detail }) => { if (detail.kind === "camera.health") this.#soon(detail); }, { signal: this.#ended.signal });
    this.#removeKeys = context.keyboard.add([
      { keys: ["/"], show: "/", label: "搜索点位", group: "监控点位", run: () => this.#input.focus() },
      { keys: ["ArrowDown"], show: "↑ ↓", label: "在列表中移动", group: "监控点位", run: () => this.#rows.querySelector(".camera-row")?.focus() },
      { keys: [], show: "Enter", label: "打开点位档案", group: "监控点位", run: () => {} },
      { keys: ["p"], show: "P", label: "立即探测所选点位", group: "监控点位", run: () => this.#detail?.probe() },
    ]);
  }

  mounted() {
    this.#draw();
    this.#context.cameras.refresh({ force: true });
    if (this.chosen) this.#choose(this.chosen);
    else this.#noChoice();
  }

  unmount() {
    clearTimeout(this.pending);
    this.#ended.abort();
    this.#detail?.unmount();
    this.#removeKeys();
  }

  #soon(event) {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.#context.cameras.refresh({ force: true }), 400);
    if (event.cameraPointId === this.chosen) this.#detail?.refresh();
  }

  #reset() {
    for (const select of this.#selects.values()) select.value = "";
    this.#input.value = "";
    this.#draw();
    // The button goes with what it cleared; the focus must not.
    this.#input.focus();
  }

  #leaveSearch(event) {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      this.#input.value = "";
      this.#draw();
      this.#input.blur();
    } else if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      this.#rows.querySelector(".camera-row")?.focus();
    }
  }

  #draw() {
    const { cameras } = this.#context;
    this.#clear.hidden = !this.#input.value && [...this.#selects.values()].every((select) => !select.value);
    if (!cameras.isLoaded) {
      fill(this.#body, cameras.error ? failure(cameras.error, () => cameras.refresh({ force: true }), "没有读到点位") : loading("正在读取点位"));
      return;
    }
    const filters = Object.fromEntries([...this.#selects].map(([name, select]) => [name, select.value]));
    const text = this.#input.value;
    this.#context.router.setQuery({ ...filters, q: text.trim() });
    const filtered = cameras.points.filter((point) =>
      (!filters.accessMethod || point.accessMethod === filters.accessMethod)
      && (!filters.sourceCategory || point.sourceCategory === filters.sourceCategory)
      && (!filters.health || (point.health?.state ?? "unknown") === filters.health));
    const points = normal(text) ? search(filtered, text, 500) : filtered;
    this.#summarise(cameras.points, points);
    if (points.length === 0) {
      fill(this.#body, cameras.points.length ? empty("没有符合条件的点位", "放宽筛选或清除搜索") : empty("还没有登记点位", "由系统管理员或牵头责任单位导入点位文件"));
      return;
    }
    if (!this.#rows.isConnected) fill(this.#body, this.#rows);
    reconcile(this.#rows, points, (point) => point.id, () => h("a.camera-row", { role: "listitem" }), (row, point) => this.#row(row, point));
    if (!this.#isRevealed) {
      // An address may name a point that stands far down.
      this.#rows.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
      this.#isRevealed = true;
    }
  }

  #summarise(all, shown) {
    const counts = Object.keys(HEALTH).map((state) => [state, all.filter((point) => (point.health?.state ?? "unknown") === state && point.live).length]);
    const passive = all.filter((point) => !point.live).length;
    const signature = JSON.stringify([counts, shown.length, all.length]);
    if (this.#summary.dataset.signature === signature) return;
    this.#summary.dataset.signature = signature;
    fill(this.#summary,
      h("span", shown.length === all.length ? `共 ${all.length} 个` : `${all.length} 个中的 ${shown.length} 个`),
      counts.filter(([, count]) => count > 0).map(([state, count]) => h("span.health", { dataset: { health: state } }, `${HEALTH[state].symbol} ${HEALTH[state].label} ${count}`)),
      passive > 0 && h("span.quiet", `无实时画面 ${passive}`));
  }

  #row(row, point) {
    const signature = JSON.stringify([point, point.id === this.chosen]);
    if (row.signature === signature) return;
    row.signature = signature;
    row.href = `#/camera-points/${encodeURIComponent(point.id)}`;
    row.onclick = (event) => {
      event.preventDefault();
      this.#choose(point.id);
    };
    if (point.id === this.chosen) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
    fill(row,
      h("span.camera-name", point.name), point.accessMethod === "collection" ? h("span.health", { dataset: { health: "unknown" } }, "☎ 联系产权单位") : healthMark(point.health),
      h("span.camera-code.quiet", point.gbCode),
      h("span.camera-kind.quiet", [word(ACCESS_METHOD, point.accessMethod), word(SOURCE_CATEGORY, point.sourceCategory), point.status !== "inUse" && word(POINT_STATUS, point.status)].filter(Boolean).join(" · ")),
      h("span.camera-place.quiet", [point.township, point.leadDepartment].filter(Boolean).join(" · ")),
      h("span.camera-probe.quiet", point.lastProbe ? `探测 ${moment(point.lastProbe.at)}` : ""));
  }

  #noChoice() {
    fill(this.#side, empty("选择一个点位", "查看档案、在线状态和探测记录"));
  }

  #choose(id) {
    if (this.#detail?.id === id) return;
    this.chosen = id;
    this.#detail?.unmount();
    this.#detail = new CameraDetail(this.#context, id);
    fill(this.#side, this.#detail.element);
    this.#side.scrollTop = 0;
    const query = location.hash.split("?")[1];
    history.replaceState(null, "", `#/camera-points/${encodeURIComponent(id)}${query ? `?${query}` : ""}`);
    this.#draw();
  }
}

