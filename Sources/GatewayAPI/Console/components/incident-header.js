// What the incident is and where it stands: number, title, level, mode, the stages with those one may go to next.

import { CATEGORY, LEVEL, STAGE, STAGES, word } from "../model/glossary.js";
import { since, stamp } from "../model/format.js";
import { may } from "../model/permission.js";
import { explain } from "../model/reasons.js";
import { ask, choices, field } from "../view/dialog.js";
import { fill, h } from "../view/dom.js";
import { failure, failureSlot, loading } from "../view/states.js";
import { levelBadge, modeBadge } from "./badges.js";

export class IncidentHeader {
  #slot = failureSlot();
  #age = h("span.quiet");
  element = h("header.incident-head", loading("正在读取事件"));

  constructor(model, account) {
    this.model = model;
    this.account = account;
  }

  draw() {
    const { value: incident, error } = this.model.parts.incident;
    if (!incident) {
      fill(this.element, error ? failure(error, () => this.model.read("incident"), "没有读到这起事件") : loading("正在读取事件"));
      return;
    }
    const { role } = this.account;
    this.element.dataset.mode = incident.mode;
    this.tick();
    fill(this.element,
      h("div.incident-line",
        h("h1", h("span.incident-number", incident.number), " ", incident.title),
        levelBadge(incident), modeBadge(incident), incident.isDrill && h("span.badge", "演练"),
        h("span.quiet.incident-place", [word(CATEGORY, incident.category), incident.address].filter(Boolean).join(" · ")),
        this.#age,
        h("div.shell-room"),
        this.#wartimeButton(incident, role)),
      h("div.stage-line", this.#stages(incident, role), this.#slot.element));
  }

  tick() {
    const { incident } = this.model;
    if (!incident) return;
    this.#age.textContent = incident.endedAt ? `已于 ${stamp(incident.endedAt)} 结束` : `已开启 ${since(incident.openedAt)}`;
  }

  #wartimeButton(incident, role) {
    if (!may.wartime(role) || incident.endedAt || incident.mode === "wartime") return null;
    return h("button.button", { type: "button", onclick: () => this.askMode() }, "⚑ 转入战时");
  }

  #stages(incident, role) {
    const order = STAGES[incident.mode] ?? STAGES.normal;
    const current = incident.stage?.id;
    const at = order.indexOf(current);
    const next = new Set((incident.nextStages ?? []).map((stage) => stage.id));
    const known = order.includes(current) ? order : [...order, current].filter(Boolean);
    return h("ol.stages", { aria: { label: "阶段" } }, known.map((id, index) => {
      const name = id === current ? incident.stage.name : word(STAGE, id);
      const state = id === current ? "current" : index < at ? "done" : next.has(id) ? "next" : "later";
      const symbol = { current: "◆", done: "✓", next: "→", later: "·" }[state];
      const inert = incident.endedAt || !may.advance(role);
      return h("li", { dataset: { state }, "aria-current": state === "current" ? "step" : null },
        state === "current" || state === "done" || inert
          ? h("span.stage", h("span", { aria: { hidden: true } }, symbol), ` ${name}`)
          : h("button.stage", {
            type: "button", onclick: () => (next.has(id) ? this.askTransition(id, name) : this.#explain(incident, name)),
            aria: { label: next.has(id) ? `进入${name}` : `${name}，现在不能进入，按下看原因` },
          }, h("span", { aria: { hidden: true } }, symbol), ` ${name}`));
    }));
  }

  /** A stage that may not be entered now says so, and what may. */
  #explain(incident, name) {
    const allowed = (incident.nextStages ?? []).map((stage) => stage.name ?? word(STAGE, stage.id));
    this.#slot.show({
      code: "conflict", reason: "stageNotAllowed", message: `现处于“${incident.stage.name}”，不能直接进入“${name}”`,
      remedy: allowed.length ? `现在可以进入：${allowed.join("、")}` : "当前账号没有可以推进的阶段",
    });
    clearTimeout(this.hiding);
    this.hiding = setTimeout(() => this.#slot.clear(), 8000);
  }

  askTransition(to, name) {
    const note = h("textarea", { rows: 3, maxlength: 500, autofocus: true });
    this.#slot.clear();
    return ask({
      title: `进入“${name}”`, confirm: `进入${name}`, body: [field("说明（可不填）", note, "记入处置记录")],
      submit: async () => {
        try {
          await this.model.transition(to, note.value.trim());
        } catch (error) {
          throw withAllowed(error);
        }
      },
    });
  }

  /** The next stage in the usual order, by key. */
  askNext() {
    const { incident } = this.model;
    if (!incident || incident.endedAt || !may.advance(this.account.role)) return;
    const order = STAGES[incident.mode] ?? STAGES.normal;
    const next = (incident.nextStages ?? []).toSorted((one, other) => order.indexOf(one.id) - order.indexOf(other.id))[0];
    if (next) this.askTransition(next.id, next.name ?? word(STAGE, next.id));
    else this.#explain(incident, "下一阶段");
  }

  askMode() {
    const { incident } = this.model;
    if (!incident || incident.mode === "wartime" || incident.endedAt) return undefined;
    if (!may.wartime(this.account.role)) {
      this.#slot.show({ code: "forbidden", reason: "", message: "转入战时由指挥长决定", remedy: "请报告值班指挥长" });
      return undefined;
    }
    const { IV, ...grave } = LEVEL;
    const level = choices("level", "事件级别（较大 Ⅲ 级及以上）", grave, grave[incident.level] ? incident.level : "III");
    const provisional = h("input", { type: "checkbox", checked: true });
    const note = h("textarea", { rows: 3, maxlength: 500, placeholder: "依据、启动的预案" });
    return ask({
      title: "转入战时", confirm: "⚑ 转入战时", danger: true,
      body: [level.element, h("label.check", provisional, h("span", "暂定级别，核实后再确认")), field("说明", note, "记入处置记录")],
      submit: () => this.model.changeMode({
        mode: "wartime", level: level.value, provisional: provisional.checked, note: note.value.trim(),
      }),
    });
  }
}

function withAllowed(error) {
  const allowed = String(error.details?.allowed ?? "").split(",").map((id) => id.trim()).filter(Boolean).map((id) => word(STAGE, id));
  const said = explain(error);
  return Object.assign(error, { message: said.message, remedy: allowed.length ? `现在可以进入：${allowed.join("、")}` : said.remedy });
}
