// A modal form. Native `dialog`: focus is kept inside, Esc closes, focus returns to where it was.

import { failureSlot } from "./states.js";
import { h } from "./dom.js";

/**
 * Asks, and resolves to what `submit` returned, or to `null` when closed. A failing `submit` shows its reason inside the
 * dialog, which stays open.
 * @param {{title: string, body: Node[], confirm: string, submit: () => Promise<any>, danger?: boolean}} question
 */
export function ask({ title, body, confirm, submit, danger = false }) {
  return new Promise((resolve) => {
    let result = null;
    const slot = failureSlot();
    const confirmButton = h("button.button.primary", { type: "submit", class: danger ? "danger" : "" }, confirm);
    const form = h("form.dialog-form", { method: "dialog", novalidate: false },
      h("h2", title), ...body, slot.element,
      h("div.dialog-actions",
        h("button.button", { type: "button", onclick: () => dialog.close() }, "取消 Esc"), confirmButton));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      slot.clear();
      confirmButton.disabled = true;
      try {
        result = (await submit()) ?? true;
        dialog.close();
      } catch (error) {
        slot.show(error);
      } finally {
        confirmButton.disabled = false;
      }
    });
    const dialog = h("dialog.dialog", { aria: { label: title } }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Something to read; closed by Esc, `?` or its button. */
export function tell(title, body) {
  const dialog = h("dialog.dialog.wide", { aria: { label: title } },
    h("div.dialog-form", h("h2", title), body,
      h("div.dialog-actions", h("button.button", { type: "button", autofocus: true, onclick: () => dialog.close() }, "关闭 Esc"))));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("keydown", (event) => { if (event.key === "?") dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
}

/** A labelled control. */
export function field(label, control, hint = "") {
  return h("label.field", h("span.field-label", label), control, hint && h("span.field-hint", hint));
}

/** Radio buttons from `{value: label}`; number keys choose. */
export function choices(name, legend, options, chosen = null) {
  const entries = Object.entries(options);
  const fieldset = h("fieldset.choices", h("legend", legend), entries.map(([value, label], index) =>
    h("label.choice",
      h("input", { type: "radio", name, value, required: true, checked: value === chosen }),
      h("kbd", String(index + 1)), h("span", label))));
  fieldset.addEventListener("keydown", (event) => {
    const input = fieldset.querySelectorAll("input")[Number(event.key) - 1];
    if (!input) return;
    event.preventDefault();
    input.checked = true;
    input.focus();
  });
  return { element: fieldset, get value() { return fieldset.querySelector("input:checked")?.value ?? null; } };
}
