// The page's address lives in the fragment: `#/incidents/12?x=1`.

export class Router extends EventTarget {
  constructor() {
    super();
    addEventListener("hashchange", () => this.dispatchEvent(new Event("change")));
  }

  get path() {
    return location.hash.replace(/^#\/?/, "").split("?")[0].split("/").filter(Boolean).map(decode);
  }

  get query() {
    return new URLSearchParams(location.hash.split("?")[1] ?? "");
  }

  go(path, { replace = false } = {}) {
    if (location.hash === `#${path}`) this.dispatchEvent(new Event("change"));
    else if (replace) {
      history.replaceState(null, "", `#${path}`);
      this.dispatchEvent(new Event("change"));
    } else location.hash = path;
  }

  /** Changes the query of the shown page without showing it anew. */
  setQuery(values) {
    const pairs = Object.entries(values).filter(([, value]) => value);
    const query = pairs.length ? `?${new URLSearchParams(pairs)}` : "";
    history.replaceState(null, "", `${location.hash.split("?")[0]}${query}`);
  }
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
