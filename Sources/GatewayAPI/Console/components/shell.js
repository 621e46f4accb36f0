// The frame around every page: where one is, what is connected, who one is, what time it is.

import { PAGE_TITLE, pagesOf } from "../model/permission.js";
import { clockTime, dayOf } from "../model/format.js";
import { ROLE, word } from "../model/glossary.js";
import { fill, h, setText, svg } from "../view/dom.js";
import { tell } from "../view/dialog.js";

export class Shell {
  #context;
  #main = h("main.page", { tabindex: "-1" });
  #links = new Map();
  #clock = h("time.shell-clock");
  #day = h("span.quiet");
  #status = h("span.shell-status", { role: "status" });
  #ended = new AbortController();
  #removeKeys;

  constructor(context) {
    this.#context = context;
    const { account, keyboard } = context;
    const pages = pagesOf(account.role);
    for (const [index, name] of pages.entries()) {
      this.#links.set(name, h("a.shell-link", { href: `#/${name}`, "aria-keyshortcuts": `Alt+${index + 1}` }, PAGE_TITLE[name]));
    }
    this.element = h("div.shell",
      h("header.shell-bar",
        h("a.shell-mark", { href: `#/${pages[0]}`, aria: { label: "瞭望，回到首页" } }, mark(), h("span", "瞭望")),
        h("nav.shell-nav", { aria: { label: "页面" } }, [...this.#links.values()]),
        h("div.shell-room"),
        this.#status,
        h("span.shell-time", this.#day, this.#clock),
        h("span.shell-account", h("span.shell-name", account.name), h("span.quiet", word(ROLE, account.role))),
        h("button.button.slim", { type: "button", onclick: () => this.#help(), aria: { label: "键盘操作说明" } }, "键盘 ?"),
        h("button.button.slim", { type: "button", onclick: () => context.signOut() }, "退出")),
      this.#main);
    this.#removeKeys = keyboard.add([
      { keys: ["?"], show: "?", label: "键盘操作说明", group: "全局", run: () => this.#help() },
      ...pages.map((name, index) => ({
        keys: [`Alt+${index + 1}`], show: `Alt ${index + 1}`, label: `打开“${PAGE_TITLE[name]}”`, group: "全局", inFields: true,
        run: () => context.router.go(`/${name}`),
      })),
    ]);
    const { signal } = this.#ended;
    context.connection.addEventListener("state", () => this.#tick(), { signal });
    context.events.addEventListener("state", () => this.#tick(), { signal });
    this.timer = setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  unmount() {
    clearInterval(this.timer);
    this.#ended.abort();
    this.#removeKeys();
  }

  show(name, page) {
    for (const [known, link] of this.#links) {
      if (known === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.title = `${PAGE_TITLE[name]} · 瞭望`;
    fill(this.#main, page.element);
    this.#main.scrollTop = 0;
  }

  #tick() {
    setText(this.#clock, clockTime());
    setText(this.#day, dayOf());
    const { connection, events } = this.#context;
    const lost = connection.state === "lost" || connection.state === "connecting" && connection.error !== null || events.state === "lost";
    this.#status.dataset.state = lost ? "lost" : "open";
    const wait = connection.state === "lost" ? Math.max(0, Math.ceil((connection.retryAt - performance.now()) / 1000)) : 0;
    setText(this.#status, lost ? `▲ 与网关的连接中断，${wait ? `${wait} 秒后重连` : "正在重连"}` : "● 已连接网关");
  }

  #help() {
    const groups = Map.groupBy
      ? Map.groupBy(this.#context.keyboard.all, (shortcut) => shortcut.group)
      : grouped(this.#context.keyboard.all);
    tell("键盘操作", h("div.help", [...groups].map(([group, shortcuts]) =>
      h("section", h("h3", group), h("dl", shortcuts.filter((shortcut) => shortcut.label).map((shortcut) => [
        h("dt", (shortcut.show ?? shortcut.keys.join(" ")).split(" ").map((key) => h("kbd", key))), h("dd", shortcut.label),
      ]))))));
  }
}

function grouped(shortcuts) {
  const groups = new Map();
  for (const shortcut of shortcuts) groups.set(shortcut.group, [...(groups.get(shortcut.group) ?? []), shortcut]);
  return groups;
}

export function mark() {
  return svg("svg", { viewBox: "0 0 32 32", class: "mark", "aria-hidden": "true" },
    svg("path", { d: "M3 16c4.300-6.800 8.600-9.400 13-9.400s8.700 2.600 13 9.400c-4.300 6.800-8.600 9.400-13 9.400S7.300 22.800 3 16z" }),
    svg("circle", { cx: 16, cy: 16, r: 4.2 }), svg("path", { d: "M16 1.500v4M16 26.500v4" }));
}
