// Builds elements. Text is always text: nothing here, and nothing that uses it, parses HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * `h("button.primary", { type: "button", onclick: run }, "关联")`. `on…` are listeners, `class` adds classes, `dataset` and
 * `aria` are objects, booleans set or leave out an attribute; `null` and `false` children are left out.
 */
export function h(tag, properties, ...children) {
  const [name, ...classes] = tag.split(".");
  return furnish(document.createElement(name || "div"), classes, properties, children);
}

export function svg(tag, properties, ...children) {
  return furnish(document.createElementNS(SVG, tag), [], properties, children);
}

function furnish(element, classes, properties, children) {
  if (classes.length) element.classList.add(...classes);
  if (properties !== null && typeof properties === "object" && !(properties instanceof Node) && !Array.isArray(properties)) {
    for (const [name, value] of Object.entries(properties)) set(element, name, value);
  } else if (properties !== undefined) {
    children.unshift(properties);
  }
  append(element, children);
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "class") element.classList.add(...String(value).split(" ").filter(Boolean));
  else if (name === "dataset") Object.assign(element.dataset, value);
  else if (name === "aria") for (const [key, text] of Object.entries(value)) element.setAttribute(`aria-${key}`, String(text));
  else if (name === "value" || name === "checked" || name === "disabled") element[name] = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/** Replaces what is in the element. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Sets text only where it differs, so that a ticking clock costs nothing while it says the same. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Brings a list in line with its items and keeps the elements (focus, scroll, video) of those that stay.
 * `create(item)` makes an element, `update(element, item)` refreshes one.
 */
export function reconcile(container, items, keyOf, create, update = () => {}) {
  const known = new Map([...container.children].map((element) => [element.dataset.key, element]));
  let previous = null;
  for (const item of items) {
    const key = String(keyOf(item));
    let element = known.get(key);
    known.delete(key);
    if (!element) {
      element = create(item);
      element.dataset.key = key;
    }
    update(element, item);
    const wanted = previous === null ? container.firstElementChild : previous.nextElementSibling;
    if (element !== wanted) container.insertBefore(element, wanted);
    previous = element;
  }
  for (const element of known.values()) element.remove();
}
