// Sign in; says why one is here again, and leads back to where one was.

import { explain } from "../model/reasons.js";
import { h } from "../view/dom.js";
import { failureSlot } from "../view/states.js";
import { mark } from "../components/shell.js";

export class SignInPage {
  #slot = failureSlot();
  #name = h("input", { name: "name", autocomplete: "username", required: true, maxlength: 64, spellcheck: "false", autocapitalize: "off" });
  #password = h("input", { name: "password", type: "password", autocomplete: "current-password", required: true, maxlength: 256 });
  #button = h("button.button.primary", { type: "submit" }, "登录");

  constructor(api, reason, done) {
    this.api = api;
    this.done = done;
    document.title = "登录 · 瞭望";
    const why = reason && explain(reason);
    this.element = h("main.sign-in",
      h("form.sign-in-form", { onsubmit: (event) => this.#submit(event) },
        h("div.sign-in-mark", mark(), h("h1", "瞭望"), h("p.quiet", "事件视频调度")),
        why && h("p.notice", { role: "status" }, `${why.message}。登录后回到原来的页面。`),
        h("label.field", h("span.field-label", "账号"), this.#name),
        h("label.field", h("span.field-label", "密码"), this.#password),
        this.#slot.element,
        this.#button,
        h("p.quiet.small-gap", "一人一号。每次观看都会登记账号、点位、时间和事由。")));
  }

  mounted() {
    this.#name.focus();
  }

  async #submit(event) {
    event.preventDefault();
    this.#slot.clear();
    this.#button.disabled = true;
    try {
      const session = await this.api.post("/sessions", { name: this.#name.value.trim(), password: this.#password.value }, { quiet401: true });
      this.done(session.account);
    } catch (error) {
      const signIn = error.status === 401 ? Object.assign(error, { remedy: error.remedy ?? "核对后再试；忘记密码请找系统管理员" }) : error;
      this.#slot.show(signIn);
      this.#password.select();
      this.#password.focus();
      await this.#hold(error.retryAfter);
    } finally {
      this.#button.disabled = false;
      this.#button.textContent = "登录";
    }
  }

  /** Counts down where the gateway asks to wait. */
  async #hold(seconds) {
    for (let left = Math.min(seconds ?? 0, 600); left > 0; left -= 1) {
      this.#button.textContent = `${left} 秒后可再试`;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
