// One incident: header and stages above, cells to the left, map and panels to the right; or cells alone, for the wall.

import { ApiError } from "../gateway/client.js";
import { may } from "../model/permission.js";
import { IncidentModel } from "../model/incident-model.js";
import { h } from "../view/dom.js";
import { failure, loading } from "../view/states.js";
import { CameraSearch } from "../components/camera-search.js";
import { IncidentHeader } from "../components/incident-header.js";
import { JournalPanel } from "../components/journal-panel.js";
import { linkPoint } from "../components/link-dialog.js";
import { LinkPanel } from "../components/link-panel.js";
import { SuggestionPanel } from "../components/suggestion-panel.js";
import { VideoGrid } from "../components/video-grid.js";
import { IncidentMap } from "../map/incident-map.js";

const TABS = { suggestions: ["推荐", "S"], links: ["已关联", "L"], journal: ["处置记录", "J"] };
const SETTLE_MS = 1200; // map and lists wait at most so long for the first pictures
const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];

export class IncidentPage {
  #context;
  #model;
  #header;
  #grid;
  #map;
  #search;
  #panels;
  #tabs = new Map();
  #panel = h("div.panel");
  #stageNotice = h("div.grid-notice");
  #shown = null;
  #pointed = null;
  #removeKeys;
  #timer;
  #left = false;

  constructor(context, id) {
    this.#context = context;
    const { account, api, events } = context;
    const links = may.link(account.role);
    this.#model = new IncidentModel(api, events, id, { skip: links ? [] : ["suggestions"] });
    this.#header = new IncidentHeader(this.#model, account);
    this.#grid = new VideoGrid(context, id);
    this.#map = new IncidentMap({ onPoint: (pointId) => this.#chooseOnMap(pointId) });
    this.#search = new CameraSearch(context.cameras, {
      take: (point) => this.#take(point), note: (point) => this.#doing(point), left: () => this.#grid.focus(),
    });
    const suggestions = new SuggestionPanel(this.#model, account, (point, needs) => this.#take(point, needs));
    suggestions.addEventListener("point", ({ detail }) => this.#point(detail));
    this.#panels = {
      ...(links ? { suggestions } : {}), links: new LinkPanel(this.#model, account, this.#grid), journal: new JournalPanel(this.#model, account),
    };
    this.element = this.#build(links, may.watch(account.role));
    this.#choose(Object.keys(this.#panels)[0]);
    this.#model.addEventListener("change", ({ detail }) => this.#changed(detail));
    this.#grid.addEventListener("change", () => this.#gridChanged());
    this.#removeKeys = context.keyboard.add(this.#shortcuts(links));
    this.#timer = setInterval(() => this.#header.tick(), 15_000);
  }

  mounted() {
    const settled = this.#grid.settled(SETTLE_MS);
    this.#model.start(settled);
    settled.then(() => { if (!this.#left) this.#map.mounted(); });
    this.#gridChanged();
  }

  unmount() {
    this.#left = true;
    clearInterval(this.#timer);
    this.#removeKeys();
    this.#model.stop();
    this.#grid.unmount();
    this.#map.unmount();
    document.body.classList.remove("is-wall");
  }

  #build(links, watches) {
    const bar = h("div.panel-tabs", { role: "tablist" }, Object.keys(this.#panels).map((name) => {
      const [label, key] = TABS[name];
      const tab = h("button.tab", { type: "button", role: "tab", onclick: () => this.#choose(name) }, label, h("kbd", key));
      this.#tabs.set(name, tab);
      return tab;
    }));
    return h("div.incident-page",
      this.#header.element,
      h("div.incident-main",
        watches ? h("section.stage-area", { aria: { label: "实时画面" } }, this.#stageNotice, this.#grid.element)
          : h("section.stage-area", h("div.placeholder", h("p.placeholder-title", "此账号不看视频"), h("p.quiet", "可以查看阶段、地图和处置记录"))),
        h("aside.incident-side", links && this.#search.element, this.#map.element, bar, this.#panel)));
  }

  #choose(name) {
    this.#shown = name;
    for (const [known, tab] of this.#tabs) tab.setAttribute("aria-selected", String(known === name));
    this.#panel.replaceChildren(this.#panels[name].element);
    this.#panels[name].draw();
  }

  #changed(name) {
    if (name === "incident") {
      this.#header.draw();
      this.#map.setIncident(this.#model.incident);
      if (this.#model.incident?.endedAt) this.#context.wall.update();
    }
    if (name === "links") {
      const { value, error } = this.#model.parts.links;
      this.#stageNotice.replaceChildren(...(value === null && error ? [failure(error, () => this.#model.read("links"), "没有读到关联点位")] : []));
      if (value && may.watch(this.#context.account.role)) this.#grid.setLinks(this.#model.activeLinks);
    }
    this.#panels[this.#shown]?.draw();
    this.#drawMap();
  }

  #gridChanged() {
    if (this.#model.parts.links.value === null && !this.#model.parts.links.error) {
      this.#stageNotice.replaceChildren(loading("正在取得画面"));
    } else if (this.#model.parts.links.value) {
      this.#stageNotice.replaceChildren();
    }
    if (this.#shown === "links") this.#panels.links.draw();
    this.#drawMap();
  }

  #drawMap() {
    const links = this.#model.activeLinks;
    const chosen = this.#grid.selectedLink?.cameraPoint.id;
    const linked = links.map((link) => {
      const place = this.#grid.placeOf(link.id);
      return { point: link.cameraPoint, linked: true, label: place === null ? null : String(place + 1), selected: link.cameraPoint.id === (this.#pointed ?? chosen) };
    });
    const known = new Set(links.map((link) => link.cameraPoint.id));
    const near = (this.#model.parts.suggestions.value ?? []).filter((item) => !known.has(item.cameraPoint.id))
      .map((item) => ({ point: item.cameraPoint, linked: false, label: null, selected: item.cameraPoint.id === this.#pointed }));
    this.#map.setPoints([...near, ...linked]);
  }

  #point(id) {
    if (this.#pointed === id) return;
    this.#pointed = id;
    this.#drawMap();
  }

  #chooseOnMap(pointId) {
    const link = this.#model.linkOf(pointId);
    if (link) this.#grid.show(link.id);
    else {
      this.#choose("suggestions");
      this.#panel.querySelector(`[data-key="${CSS.escape(pointId)}"]`)?.focus();
    }
    this.#point(pointId);
  }

  /** Puts a point on the screen; links it first if it is not linked yet. */
  async #take(point, needs = {}) {
    this.#context.metrics.click();
    const known = this.#model.linkOf(point.id);
    if (known) return this.#grid.show(known.id);
    if (!point.live) {
      const remedy = point.ownerContact ? `请联系${point.owner}：${point.ownerContact}` : "请联系产权单位调取录像";
      throw new ApiError({ code: "conflict", reason: "noStream", message: `“${point.name}”没有实时画面`, remedy });
    }
    const link = await linkPoint(this.#model, point, { ...needs, record: this.#panels.suggestions?.record ?? true });
    if (link?.id) this.#grid.show(link.id);
    return undefined;
  }

  #doing(point) {
    if (this.#model.linkOf(point.id)) return "上屏 ";
    return point.live ? "关联上屏 " : "无实时画面 ";
  }

  #shortcuts(links) {
    const group = "事件页";
    const side = (key, count, label) => ({ keys: [key], show: key, label, group: "窗口", run: () => this.#grid.choose(count) });
    return [
      { keys: ["/"], show: "/", label: "搜索点位（名称、编码、拼音首字母）", group, run: () => links && this.#search.focus() },
      { keys: ["s"], show: "S", label: "推荐点位；↑ ↓ 选择，Enter 关联上屏", group, run: () => links && this.#enter("suggestions") },
      { keys: ["l"], show: "L", label: "已关联点位；Enter 上屏", group, run: () => this.#enter("links") },
      { keys: ["j"], show: "J", label: "处置记录，补充一条", group, run: () => this.#enter("journal") },
      { keys: ["r"], show: "R", label: "关联时同时录像：开或关", group, run: () => this.#panels.suggestions?.toggleRecord() },
      { keys: ["t"], show: "T", label: "推进到下一阶段", group, run: () => this.#header.askNext() },
      { keys: ["z"], show: "Z", label: "转入战时（指挥长）", group, run: () => this.#header.askMode() },
      { keys: ARROWS, show: "← → ↑ ↓", label: "在窗口间移动", group: "窗口", run: (event) => this.#grid.move(event.key) },
      { keys: ARROWS.map((arrow) => `Shift+${arrow}`), show: "Shift ←", label: "与相邻窗口对调", group: "窗口", run: (event) => this.#grid.move(event.key, { swap: true }) },
      { keys: ["Enter"], show: "Enter", label: "空窗口：搜索点位；中断的窗口：重试", group: "窗口", run: (event) => this.#enterCell(event, links) },
      { keys: ["f"], show: "F", label: "窗口全屏（主码流），再按还原", group: "窗口", run: () => this.#grid.toggleFull() },
      { keys: ["m"], show: "M", label: "全屏窗口的声音：开或关（点位准许传声时）", group: "窗口", run: () => this.#grid.toggleSound() },
      { keys: ["i"], show: "I", label: "窗口的技术数据：码率、帧率、丢包、延迟", group: "窗口", run: () => this.#grid.toggleFigures() },
      { keys: ["Delete", "Backspace"], show: "Delete", label: "移出窗口（不解除关联）", group: "窗口", run: () => this.#grid.removeSelected() },
      { keys: ["Shift+Delete"], show: "Shift Delete", label: "解除关联", group: "窗口", run: () => this.#unlink(links) },
      side("1", 1, "1 个窗口"), side("4", 2, "4 个窗口（2×2）"), side("9", 3, "9 个窗口（3×3）"), side("6", 4, "16 个窗口（4×4）"),
      side("0", null, "自动分格"),
      { keys: ["w"], show: "W", label: "大屏：只留画面，再按还原", group: "窗口", run: () => document.body.classList.toggle("is-wall") },
      { keys: ["Escape"], show: "Esc", label: "退出全屏或大屏", group: "窗口", inFields: true, run: (event) => this.#escape(event) },
    ];
  }

  #enter(name) {
    document.body.classList.remove("is-wall");
    this.#choose(name);
    this.#panels[name].focus();
  }

  #enterCell(event, links) {
    const control = event.target.closest?.("button, a, [tabindex]:not(lookout-cell):not(main)");
    if (control) return control.click();
    if (!this.#grid.retrySelected() && links) {
      document.body.classList.remove("is-wall");
      this.#search.focus();
    }
    return undefined;
  }

  #escape(event) {
    if (this.#grid.isExpanded) this.#grid.collapse();
    else if (document.body.classList.contains("is-wall")) document.body.classList.remove("is-wall");
    else event.target.blur?.();
  }

  #unlink(links) {
    const link = this.#grid.selectedLink;
    if (link && links) this.#panels.links.askUnlink(link);
  }
}
