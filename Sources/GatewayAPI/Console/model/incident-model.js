// One incident as the page holds it: each part is read by itself, fails by itself and is read again when an event says so.

const PARTS = {
  incident: (id) => `/incidents/${id}`,
  links: (id) => `/incidents/${id}/links`,
  suggestions: (id) => `/incidents/${id}/suggestions?limit=40`,
  journal: (id) => `/incidents/${id}/journal`,
};
const SETTLE_MS = 120;
const FRESH_MS = 30_000;

/** Which parts an event makes stale. Pure. */
export function partsOf(kind) {
  if (kind.startsWith("incident.")) return ["incident", "journal"];
  if (kind.startsWith("link.")) return ["links", "suggestions", "journal", "incident"];
  if (kind === "journal.appended") return ["journal"];
  if (kind === "camera.health") return ["suggestions"];
  if (kind === "feed.state" || kind === "recording.stopped") return ["links"];
  return [];
}

/** Nearest to the incident first, then in the order of linking; what has no distance stands behind. Pure. */
export function nearestFirst(links) {
  const distance = (link) => (Number.isFinite(link.cameraPoint?.distance) ? link.cameraPoint.distance : Number.MAX_VALUE);
  return [...links].sort((a, b) => distance(a) - distance(b) || Date.parse(a.linkedAt) - Date.parse(b.linkedAt) || 0);
}

/** Dispatches `change` events whose detail is the part's name. Each part: `{value, error}`; both `null` while first read. */
export class IncidentModel extends EventTarget {
  #ended = new AbortController();
  #due = new Set();
  #timer = null;
  #reading = new Map();
  parts = Object.fromEntries(Object.keys(PARTS).map((name) => [name, { value: null, error: null }]));

  constructor(api, events, id, { skip = [] } = {}) {
    super();
    this.api = api;
    this.id = encodeURIComponent(id);
    this.rawId = id;
    this.names = Object.keys(PARTS).filter((name) => !skip.includes(name));
    const { signal } = this.#ended;
    events.addEventListener("gateway", ({ detail }) => {
      const elsewhere = detail.incidentId && String(detail.incidentId) !== String(id);
      if (!elsewhere) this.soon(partsOf(detail.kind));
    }, { signal });
    events.addEventListener("state", ({ detail }) => { if (detail.resumed) this.soon(this.names); }, { signal });
    this.refreshTimer = setInterval(() => { if (!document.hidden) this.soon(["links", "suggestions"]); }, FRESH_MS);
  }

  /**
   * Reads what the pictures need first. A browser has six connections to an origin, and tickets must not queue behind a
   * journal: the rest follows when `settled` resolves.
   */
  async start(settled) {
    const first = ["links", "incident"];
    for (const name of first) this.read(name);
    await settled;
    if (this.#ended.signal.aborted) return;
    for (const name of this.names) if (!first.includes(name)) this.read(name);
  }

  stop() {
    clearTimeout(this.#timer);
    clearInterval(this.refreshTimer);
    this.#ended.abort();
  }

  /** Reads parts a moment later: events come in bursts. */
  soon(names) {
    for (const name of names) if (this.names.includes(name)) this.#due.add(name);
    if (this.#due.size === 0 || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const due = [...this.#due];
      this.#due.clear();
      for (const name of due) this.read(name);
    }, SETTLE_MS);
  }

  /** Reads one part; a read under way is followed by another, so that the newest state is what stays. */
  async read(name) {
    const under = this.#reading.get(name);
    if (under) {
      this.#reading.set(name, "again");
      return;
    }
    this.#reading.set(name, "once");
    const part = this.parts[name];
    try {
      const options = { signal: this.#ended.signal };
      // A journal may be longer than a page.
      const answer = name === "journal" ? await this.api.all(PARTS.journal(this.id), options) : await this.api.get(PARTS[name](this.id), options);
      part.value = name === "incident" ? answer : answer?.items ?? [];
      part.error = null;
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      part.error = error;
    }
    const again = this.#reading.get(name) === "again";
    this.#reading.delete(name);
    this.dispatchEvent(new CustomEvent("change", { detail: name }));
    if (again) await this.read(name);
  }

  get incident() {
    return this.parts.incident.value;
  }

  get activeLinks() {
    return nearestFirst((this.parts.links.value ?? []).filter((link) => !link.endedAt));
  }

  /** Newest first. */
  get endedLinks() {
    return (this.parts.links.value ?? []).filter((link) => link.endedAt).sort((a, b) => Date.parse(b.endedAt) - Date.parse(a.endedAt));
  }

  linkOf(cameraPointId) {
    return this.activeLinks.find((link) => link.cameraPoint.id === cameraPointId) ?? null;
  }

  async transition(to, note) {
    this.#take(await this.api.post(`/incidents/${this.id}/transitions`, { to, note: note || null }));
  }

  async changeMode({ mode, level, provisional, note }) {
    this.#take(await this.api.post(`/incidents/${this.id}/mode`, { mode, level, provisional, note: note || null }));
  }

  async addNote(text) {
    await this.api.post(`/incidents/${this.id}/journal`, { text });
    this.soon(["journal"]);
  }

  verification() {
    return this.api.get(`/incidents/${this.id}/journal/verification`);
  }

  /** Links a point; the new link is known before the answer's events arrive, so that its picture starts at once. */
  async link({ cameraPointId, record, ground = null, reason = null }) {
    const link = await this.api.post(`/incidents/${this.id}/links`, { cameraPointId, record, ground, reason });
    const { links } = this.parts;
    if (link?.id && link.cameraPoint) {
      links.value = [...(links.value ?? []).filter((known) => known.id !== link.id), link];
      this.dispatchEvent(new CustomEvent("change", { detail: "links" }));
    } else {
      await this.read("links");
    }
    this.soon(["links", "suggestions", "journal", "incident"]);
    return link;
  }

  async unlink(linkId) {
    await this.api.delete(`/incidents/${this.id}/links/${encodeURIComponent(linkId)}`);
    const { links } = this.parts;
    links.value = (links.value ?? []).filter((link) => link.id !== linkId);
    this.dispatchEvent(new CustomEvent("change", { detail: "links" }));
    this.soon(["links", "suggestions", "journal", "incident"]);
  }

  async renew(linkId, reason) {
    await this.api.post(`/incidents/${this.id}/links/${encodeURIComponent(linkId)}/renewal`, { reason });
    this.soon(["links", "journal"]);
  }

  #take(incident) {
    if (incident?.id) this.parts.incident.value = incident;
    this.dispatchEvent(new CustomEvent("change", { detail: "incident" }));
    this.soon(["journal"]);
  }
}
