// Starts the console: who is signed in, the shell around the pages, the one media connection, events.

import { ApiClient } from "./gateway/client.js";
import { EventStream } from "./gateway/events.js";
import { CameraIndex } from "./model/camera-index.js";
import { may, pagesOf } from "./model/permission.js";
import { ConsoleConnection } from "./player/console-connection.js";
import { Metrics } from "./player/metrics.js";
import { VideoWall } from "./player/video-wall.js";
import { Router } from "./view/router.js";
import { Keyboard } from "./view/keyboard.js";
import { failure, loading } from "./view/states.js";
import { fill } from "./view/dom.js";
import { Shell } from "./components/shell.js";
import { SignInPage } from "./pages/sign-in.js";
import { IncidentsPage } from "./pages/incidents.js";
import { IncidentPage } from "./pages/incident.js";
import { CameraPointsPage } from "./pages/camera-points.js";
import { ViewsPage } from "./pages/views.js";
import { FeedsPage } from "./pages/feeds.js";

const PAGES = {
  incidents: (context, [id]) => (id ? new IncidentPage(context, id) : new IncidentsPage(context)),
  "camera-points": (context, [id]) => new CameraPointsPage(context, id),
  views: (context) => new ViewsPage(context),
  feeds: (context) => new FeedsPage(context),
};

class Console {
  #page = null;
  #shell = null;
  root = document.getElementById("app");
  api = new ApiClient();
  events = new EventStream();
  metrics = new Metrics();
  keyboard = new Keyboard();
  router = new Router();
  account = null;

  constructor() {
    this.connection = new ConsoleConnection(this.api, this.metrics);
    this.wall = new VideoWall(this.api, this.connection, this.metrics);
    this.cameras = new CameraIndex(this.api, this.events);
    this.api.addEventListener("unauthenticated", ({ detail }) => this.#signedOut(detail));
    this.router.addEventListener("change", () => this.#show());
    addEventListener("pagehide", () => this.connection.stop());
    addEventListener("pageshow", (event) => { if (event.persisted && this.#mayWatch) this.connection.start(); });
    this.events.addEventListener("state", ({ detail }) => {
      // A stream that broke may be a session that ended; the answer leads to the sign-in page if so.
      if (detail.state === "lost" && this.account !== null) this.api.get("/sessions/current").catch(() => {});
    });
    globalThis.lookout = Object.freeze({ metrics: this.metrics });
  }

  async start() {
    fill(this.root, loading("正在连接网关"));
    try {
      const session = await this.api.get("/sessions/current", { quiet401: true });
      this.#signedIn(session.account);
    } catch (error) {
      if (error.status === 401) this.#signIn(null);
      else fill(this.root, failure(error, () => this.start(), "指挥台没有启动"));
    }
  }

  async signOut() {
    await this.api.delete("/sessions/current", { quiet401: true }).catch(() => {});
    this.#signedOut(null);
  }

  get #mayWatch() {
    return this.account !== null && may.watch(this.account.role);
  }

  #signedIn(account) {
    this.account = account;
    if (account.role !== "auditor") this.events.start();
    if (this.#mayWatch) this.connection.start();
    this.#shell = new Shell(this);
    fill(this.root, this.#shell.element);
    this.#show();
  }

  #signedOut(reason) {
    if (this.account === null) return;
    this.#leave();
    this.#shell?.unmount();
    this.#shell = null;
    this.account = null;
    this.events.stop();
    this.connection.stop();
    this.cameras.forget();
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    this.#signIn(reason);
  }

  /** The address stays as it is: after signing in one is where one was. */
  #signIn(reason) {
    this.#page = new SignInPage(this.api, reason, (account) => {
      this.#leave();
      this.#signedIn(account);
    });
    fill(this.root, this.#page.element);
    this.#page.mounted?.();
  }

  #leave() {
    this.#page?.unmount?.();
    this.#page = null;
  }

  #show() {
    if (this.account === null) return;
    const allowed = pagesOf(this.account.role);
    const [name, ...rest] = this.router.path;
    if (!allowed.includes(name)) {
      this.router.go(`/${allowed[0]}`, { replace: true });
      return;
    }
    this.#leave();
    this.#page = PAGES[name](this, rest);
    this.#shell.show(name, this.#page);
    this.#page.mounted?.();
  }
}

new Console().start();
