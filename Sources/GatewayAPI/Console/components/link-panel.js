// The points linked to the incident: where they stand on the screen, how their feed and recording do, until when.

import { FEED_STATE, GROUND, LINK_END, RECORDING, symbol, word } from "../model/glossary.js";
import { distance, moment, stamp, typeset } from "../model/format.js";
import { may } from "../model/permission.js";
import { ask, field } from "../view/dialog.js";
import { fill, h, reconcile } from "../view/dom.js";
import { empty, failure, loading } from "../view/states.js";
import { walkRows } from "../view/keyboard.js";

export class LinkPanel {
  #list = h("ul.links");
  #ended = h("div.ended-links");
  #body = h("div.panel-scroll", loading("正在读取关联"));

  /** @param {import("./video-grid.js").VideoGrid} grid */
  constructor(model, account, grid) {
    this.model = model;
    this.grid = grid;
    this.mayLink = may.link(account.role);
    this.element = h("div.panel-body", this.#body);
    walkRows(this.#list, ".link-row");
  }

  focus() {
    this.#list.querySelector(".link-row")?.focus();
  }

  draw() {
    const { value, error } = this.model.parts.links;
    if (!value) {
      fill(this.#body, error ? failure(error, () => this.model.read("links"), "没有读到关联点位") : loading("正在读取关联"));
      return;
    }
    this.#drawEnded(this.model.endedLinks);
    if (this.model.activeLinks.length === 0) {
      fill(this.#body, this.model.endedLinks.length ? empty("现在没有关联点位", "在“推荐”中选择，或按 / 搜索")
        : empty("还没有关联点位", "在“推荐”中选择，或按 / 搜索"), this.#ended);
      return;
    }
    if (!this.#list.isConnected) fill(this.#body, this.#list, this.#ended);
    reconcile(this.#list, this.model.activeLinks, (link) => link.id, () => h("li.link-row", { tabindex: "0" }), (row, link) => this.#row(row, link));
  }

  /** A picture that went away says why: newest first. */
  #drawEnded(links) {
    fill(this.#ended, links.length > 0 && [h("h3", "已结束的关联"), h("ul", links.map((link) => h("li.ended-link",
      h("span.suggestion-name", link.cameraPoint.name), h("span", word(LINK_END, link.endReason)),
      h("time.quiet", { datetime: link.endedAt, title: stamp(link.endedAt) }, moment(link.endedAt)))))]);
  }

  #row(row, link) {
    const place = this.grid.placeOf(link.id);
    const signature = JSON.stringify([link, place]);
    if (row.signature === signature) return;
    row.signature = signature;
    row.onkeydown = (event) => {
      if (event.target !== row) return;
      if (event.key === "Enter") this.grid.show(link.id);
      else return;
      event.preventDefault();
    };
    const feed = link.feed?.state ?? "connecting";
    const recording = link.recording?.state ?? "off";
    fill(row,
      h("div.suggestion-head",
        h("span.cell-number", place === null ? "–" : String(place + 1)), h("span.suggestion-name", link.cameraPoint.name),
        Number.isFinite(link.cameraPoint.distance) && h("span.suggestion-distance", distance(link.cameraPoint.distance)),
        place === null && h("button.button.slim", { type: "button", onclick: () => this.grid.show(link.id) }, "上屏")),
      h("div.suggestion-facts",
        h("span.health", { dataset: { health: feed } }, `${symbol(FEED_STATE, feed)} ${word(FEED_STATE, feed)}`),
        h("span.health", { dataset: { health: recording } }, `${symbol(RECORDING, recording)} ${word(RECORDING, recording)}`),
        link.ground && h("span.quiet", `事由：${word(GROUND, link.ground)}`)),
      link.feed?.error && h("p.refusal", typeset(link.feed.error)),
      h("div.link-foot", h("span.quiet", link.expiresAt ? `至 ${moment(link.expiresAt)}` : "随事件结束"),
        this.mayLink && h("span.link-actions",
          h("button.button.slim", { type: "button", onclick: () => this.#renew(link) }, "续期"),
          h("button.button.slim", { type: "button", onclick: () => this.askUnlink(link) }, "解除"))));
  }

  #renew(link) {
    const reason = h("input", { required: true, maxlength: 200, autofocus: true });
    return ask({
      title: `续期“${link.cameraPoint.name}”`, confirm: "续期 24 小时", body: [field("续期理由", reason, "记入处置记录")],
      submit: () => this.model.renew(link.id, reason.value.trim()),
    });
  }

  askUnlink(link) {
    return ask({
      title: `解除“${link.cameraPoint.name}”`, confirm: "解除关联", danger: true,
      body: [h("p", "画面和录像随即停止，已录的录像保留。")],
      submit: () => this.model.unlink(link.id),
    });
  }
}
