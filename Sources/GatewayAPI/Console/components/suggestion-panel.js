// Which cameras are near and why: one row a point, a button where it can be linked, the reason where it cannot, the owner's
// phone where there is no picture to be had.

import { ACCESS_METHOD, HEALTH, SOURCE_CATEGORY, word } from "../model/glossary.js";
import { distance, typeset } from "../model/format.js";
import { may } from "../model/permission.js";
import { explain } from "../model/reasons.js";
import { fill, h, reconcile } from "../view/dom.js";
import { empty, failure, inlineFailure, loading } from "../view/states.js";
import { walkRows } from "../view/keyboard.js";
import { healthMark } from "./badges.js";

export class SuggestionPanel extends EventTarget {
  #list = h("ul.suggestions");
  #body = h("div.panel-scroll", loading("正在按位置和画面方向挑选点位"));
  #record = h("input", { type: "checkbox", checked: true });
  #failures = new Map();
  #busy = new Set();

  /** @param {(point, needs) => Promise<void>} link  rejects with the refusal, which is shown in the point's row */
  constructor(model, account, link) {
    super();
    this.model = model;
    this.link = link;
    this.mayLink = may.link(account.role);
    this.element = h("div.panel-body",
      h("div.panel-tools", h("label.check", this.#record, h("span", "关联时同时录像")), h("span.quiet", h("kbd", "R"))),
      this.#body);
    walkRows(this.#list, ".suggestion");
  }

  get record() {
    return this.#record.checked;
  }

  toggleRecord() {
    this.#record.checked = !this.#record.checked;
  }

  focus() {
    this.#list.querySelector(".suggestion")?.focus();
  }

  draw() {
    const { value, error } = this.model.parts.suggestions;
    if (!value) {
      fill(this.#body, error ? failure(error, () => this.model.read("suggestions"), "没有得到推荐点位") : loading("正在按位置和画面方向挑选点位"));
      return;
    }
    const linked = new Set(this.model.activeLinks.map((link) => link.cameraPoint.id));
    const items = value.filter((item) => !linked.has(item.cameraPoint.id));
    if (items.length === 0) {
      const located = this.model.incident?.location;
      fill(this.#body, located
        ? empty("附近没有更多可用的点位", "按 / 可以搜索全部点位")
        : empty("事件还没有坐标，不能按远近推荐", "按 / 按名称、编码或拼音首字母搜索点位"));
      return;
    }
    if (!this.#list.isConnected) fill(this.#body, this.#list);
    reconcile(this.#list, items, (item) => item.cameraPoint.id, () => h("li.suggestion", { tabindex: "0" }), (row, item) => this.#row(row, item));
  }

  #row(row, item) {
    const { cameraPoint: point } = item;
    const signature = JSON.stringify([item, this.#failures.get(point.id)?.message, this.#busy.has(point.id)]);
    if (row.signature === signature) return;
    row.signature = signature;
    row.onkeydown = (event) => {
      if (event.key !== "Enter" || event.target !== row) return;
      event.preventDefault();
      this.#try(item);
    };
    row.onfocus = () => this.dispatchEvent(new CustomEvent("point", { detail: point.id }));
    row.onmouseenter = row.onfocus;
    // Distance and health stand in their own places; the other reasons are said.
    const reasons = (item.reasons ?? []).filter((reason) => !/^距/.test(reason) && reason !== word(HEALTH, point.health?.state));
    row.setAttribute("aria-label", `${point.name}，${item.reasons?.join("，") ?? ""}`);
    fill(row,
      h("div.suggestion-head", h("span.suggestion-name", point.name), h("span.suggestion-distance", distance(item.distance ?? point.distance))),
      h("div.suggestion-facts", healthMark(point.health),
        h("span.quiet", `${word(ACCESS_METHOD, point.accessMethod)} · ${word(SOURCE_CATEGORY, point.sourceCategory)}${point.isPrivate ? " · 社会面" : ""}`),
        item.linkable && !item.contact && this.#button(item, point)),
      reasons.length > 0 && h("ul.reasons", reasons.map((reason) => h("li", typeset(reason)))),
      this.#outcome(item, point));
  }

  #outcome(item, point) {
    if (item.contact) return contact(item.contact, point);
    const failed = this.#failures.get(point.id);
    if (!item.linkable) {
      const { message } = explain({ code: "forbidden", ...item.refusal });
      return h("p.refusal", h("span", { aria: { hidden: true } }, "⊘ "), `不能关联：${message}`, item.refusal?.remedy ? `。${typeset(item.refusal.remedy)}` : "");
    }
    return failed ? inlineFailure(failed) : null;
  }

  #button(item, point) {
    if (!this.mayLink) return null;
    const busy = this.#busy.has(point.id);
    return h("button.button.slim", {
      type: "button", tabindex: "-1", disabled: busy,
      onclick: (event) => {
        event.stopPropagation();
        this.#try(item);
      },
    }, busy ? "正在关联" : "关联上屏");
  }

  async #try(item) {
    const { cameraPoint: point } = item;
    if (!item.linkable || !this.mayLink || this.#busy.has(point.id)) return;
    this.#busy.add(point.id);
    this.#failures.delete(point.id);
    this.draw();
    try {
      await this.link(point, { needsGround: item.needsGround === true, needsReason: item.needsReason === true });
    } catch (error) {
      this.#failures.set(point.id, error);
    }
    this.#busy.delete(point.id);
    this.draw();
  }
}

/** A collection point has no live picture: the owner is called instead. */
export function contact({ owner, phone }, point) {
  return h("div.contact",
    h("p.quiet", "信息采集点位，没有实时画面。调取录像请联系产权单位："),
    h("p.contact-line", h("span", owner ?? point.owner ?? "产权单位未登记"),
      phone ? h("a.contact-phone", { href: `tel:${String(phone).replace(/[^\d+]/g, "")}` }, `☎ ${phone}`) : h("span.quiet", "未登记电话")));
}
