// All cells of this console over its one media connection: names the whole set at each change, one PUT at a time.

import { CellSession } from "./cell-session.js";

export class VideoWall extends EventTarget {
  #sessions = new Map();
  #putting = false;
  #again = false;
  #named = "";

  constructor(api, connection, metrics) {
    super();
    Object.assign(this, { api, connection, metrics });
    connection.addEventListener("state", ({ detail }) => {
      if (detail === "open") {
        this.#named = "";
        this.update();
      } else {
        for (const session of this.#sessions.values()) session.interrupted();
      }
    });
  }

  /** Shows a subject in a cell, in place of what it showed. */
  show(cell, subject, surface) {
    this.#sessions.get(cell)?.destroy();
    const session = new CellSession(this, cell, subject, surface);
    this.#sessions.set(cell, session);
    this.update();
    return session;
  }

  hide(session) {
    session.destroy();
    if (this.#sessions.get(session.cell) !== session) return;
    this.#sessions.delete(session.cell);
    this.update();
  }

  /** Brings the gateway's set of cells in line with ours; calls while one is under way are folded into one more. */
  async update() {
    if (this.#putting) {
      this.#again = true;
      return;
    }
    this.#putting = true;
    try {
      // Cells are shown in one turn of the event loop: they go into one PUT.
      await Promise.resolve();
      do {
        this.#again = false;
        await this.#put();
      } while (this.#again);
    } finally {
      this.#putting = false;
    }
  }

  async #put() {
    const sessions = [...this.#sessions.values()].filter((session) => session.wantsFeed);
    // Tickets are fetched even before the connection is open, all at once.
    const tickets = await Promise.all(sessions.map((session) => session.prepare()));
    const { id } = this.connection;
    if (this.connection.state !== "open" || id === null) return;
    const cells = sessions
      .map((session, index) => ({ session, ticket: tickets[index] }))
      .filter(({ session, ticket }) => ticket !== null && session.wantsFeed);
    const named = cells.map(({ session, ticket }) => `${session.cell}=${ticket.ticket}${session.transcode ? "+" : ""}`).join(" ");
    if (named === this.#named) return;
    try {
      const answer = await this.api.put(`/consoles/${id}/cells`, {
        cells: cells.map(({ session, ticket }) => ({ cell: session.cell, ticket: ticket.ticket, transcode: session.transcode })),
      });
      if (id !== this.connection.id) return;
      this.#named = named;
      this.#apply(cells, answer?.cells ?? []);
    } catch (error) {
      if (error.status === 404) this.connection.renew();
      else for (const { session } of cells) if (session.feed === null) session.fail(error);
    }
  }

  #apply(cells, answers) {
    const byCell = new Map(answers.map((answer) => [answer.cell, answer]));
    for (const { session } of cells) {
      if (session.ended) continue;
      session.applied(byCell.get(session.cell) ?? { error: { code: "failed", message: "网关没有回答这个窗口", remedy: null } });
    }
    this.connection.router.dropUnclaimed();
  }
}
