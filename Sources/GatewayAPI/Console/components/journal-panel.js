// The incident's journal, newest first, with a line for a note and the state of its hash chain.

import { clockTime, dayOf, stamp } from "../model/format.js";
import { ROLE, word } from "../model/glossary.js";
import { may } from "../model/permission.js";
import { fill, h, reconcile, setText } from "../view/dom.js";
import { empty, failure, failureSlot, loading } from "../view/states.js";

export class JournalPanel {
  #slot = failureSlot();
  #list = h("ol.journal");
  #body = h("div.panel-scroll", { tabindex: "0", aria: { label: "处置记录" } }, loading("正在读取处置记录"));
  #chain = h("span.quiet");
  #input = h("input", { maxlength: 500, placeholder: "补充一条记录，Enter 提交", aria: { label: "补充记录" } });
  #verifiedAt = -1;

  constructor(model, account) {
    this.model = model;
    this.element = h("div.panel-body",
      may.note(account.role) && h("form.note-form", { onsubmit: (event) => this.#submit(event) }, this.#input, h("button.button", { type: "submit" }, "记录")),
      this.#slot.element, this.#body,
      h("div.panel-foot", this.#chain, h("button.button.slim", { type: "button", onclick: () => this.#verify() }, "核验")));
  }

  focus() {
    this.#input.focus();
  }

  draw() {
    const { value, error } = this.model.parts.journal;
    if (!value) {
      fill(this.#body, error ? failure(error, () => this.model.read("journal"), "没有读到处置记录") : loading("正在读取处置记录"));
      return;
    }
    if (value.length === 0) {
      fill(this.#body, empty("还没有处置记录"));
      return;
    }
    if (!this.#list.isConnected) fill(this.#body, this.#list);
    const entries = value.toSorted((one, other) => other.sequence - one.sequence);
    reconcile(this.#list, entries, (entry) => entry.sequence, (entry) => this.#row(entry));
    if (this.#verifiedAt < 0) setText(this.#chain, `${entries.length} 条，哈希链未核验`);
    else if (this.#verifiedAt !== entries.length) setText(this.#chain, `${entries.length} 条，有新记录未核验`);
  }

  #row(entry) {
    const day = dayOf(entry.at) === dayOf() ? "" : `${dayOf(entry.at).slice(5)} `;
    const who = entry.actor ? `${entry.actor.name} · ${word(ROLE, entry.actor.role)}` : "系统";
    return h("li.journal-entry", { title: `${stamp(entry.at)}  第 ${entry.sequence} 条  ${String(entry.hash ?? "").slice(0, 16)}` },
      h("time.journal-time", `${day}${clockTime(entry.at)}`), h("p.journal-text", entry.text), h("span.journal-who.quiet", who));
  }

  async #submit(event) {
    event.preventDefault();
    const text = this.#input.value.trim();
    if (!text) return;
    this.#slot.clear();
    try {
      await this.model.addNote(text);
      this.#input.value = "";
    } catch (error) {
      this.#slot.show(error);
    }
  }

  async #verify() {
    setText(this.#chain, "正在核验");
    try {
      const { valid, entries, fault } = await this.model.verification();
      this.#verifiedAt = valid ? this.model.parts.journal.value?.length ?? entries : -1;
      setText(this.#chain, valid ? `✓ 哈希链完整，共 ${entries} 条` : `✕ 第 ${fault?.sequence ?? "?"} 条与哈希链不符，请立即报告审计员`);
    } catch (error) {
      setText(this.#chain, "核验没有完成");
      this.#slot.show(error);
    }
  }
}
