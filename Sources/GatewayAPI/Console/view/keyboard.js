// Shortcuts of the page that is shown. A page names its keys once; the `?` overlay lists exactly those.

/** @typedef {{keys: string[], label: string, group: string, run: (event: KeyboardEvent) => void, show?: string, inFields?: boolean}} Shortcut */

export class Keyboard {
  #scopes = [];

  constructor(target = document) {
    target.addEventListener("keydown", (event) => this.#press(event));
  }

  /** Adds a scope of shortcuts and returns what removes it. The newest scope is asked first. */
  add(shortcuts) {
    this.#scopes.unshift(shortcuts);
    return () => { this.#scopes = this.#scopes.filter((scope) => scope !== shortcuts); };
  }

  get all() {
    return this.#scopes.flat();
  }

  #press(event) {
    // An input method's keys are the input method's.
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    const name = keyName(event);
    const typing = isField(event.target);
    for (const shortcut of this.#scopes.flat()) {
      if (!shortcut.keys.includes(name) || (typing && !shortcut.inFields)) continue;
      event.preventDefault();
      shortcut.run(event);
      return;
    }
  }
}

export function keyName(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const modifiers = [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.metaKey && "Meta", event.shiftKey && key.length > 1 && "Shift"];
  return [...modifiers.filter(Boolean), key].join("+");
}

export function isField(target) {
  return target instanceof Element && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select") !== null;
}

/** Arrow keys walk a list of focusable rows; Tab enters it at the row that was last in use and leaves it with one press. */
export function walkRows(container, selector) {
  let current = null;
  const settle = () => {
    const rows = [...container.querySelectorAll(selector)];
    if (!rows.includes(current)) current = rows.find((row) => row.hasAttribute("aria-current")) ?? rows[0] ?? null;
    for (const row of rows) {
      const index = row === current ? "0" : "-1";
      if (row.getAttribute("tabindex") !== index) row.setAttribute("tabindex", index);
    }
  };
  new MutationObserver(settle).observe(container, { childList: true });
  container.addEventListener("focusin", ({ target }) => {
    const row = target.closest(selector);
    if (!row || row === current) return;
    current = row;
    settle();
  });
  container.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || isField(event.target)) return;
    const rows = [...container.querySelectorAll(selector)];
    const next = rows[rows.indexOf(event.target.closest(selector)) + step];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  });
}
