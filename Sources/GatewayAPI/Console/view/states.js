// What stands where there is nothing yet, nothing at all, or nothing but a failure.

import { explain } from "../model/reasons.js";
import { h } from "./dom.js";

/** @param {string} text  what is being fetched */
export function loading(text = "正在读取") {
  return h("div.placeholder.is-loading", { role: "status" }, h("span.placeholder-mark", { aria: { hidden: true } }, "◌"), h("p", text));
}

export function empty(title, text = "", action = null) {
  return h("div.placeholder.is-empty",
    h("span.placeholder-mark", { aria: { hidden: true } }, "○"),
    h("p.placeholder-title", title), text && h("p.quiet", text), action);
}

/** A failure where it happened, what to do, and a button that tries again. */
export function failure(error, retry = null, title = null) {
  const { message, remedy } = explain(error);
  return h("div.placeholder.is-failure", { role: "alert" },
    h("span.placeholder-mark", { aria: { hidden: true } }, "✕"),
    title && h("p.placeholder-title", title),
    h("p", { class: title ? "" : "placeholder-title" }, message),
    remedy && h("p.quiet", remedy),
    retry && h("button.button", { type: "button", onclick: retry }, "重试"));
}

/** The same in one line, for a form or a row. */
export function inlineFailure(error) {
  const { message, remedy } = explain(error);
  return h("p.inline-failure", { role: "alert" }, h("span", { aria: { hidden: true } }, "✕ "), message, remedy ? `。${remedy}` : "");
}

/** A slot that shows one failure at a time beside the control that caused it. */
export function failureSlot() {
  const slot = h("div.failure-slot");
  return {
    element: slot,
    show: (error) => slot.replaceChildren(inlineFailure(error)),
    clear: () => slot.replaceChildren(),
  };
}
