// Speaks JSON with the gateway. The session is an HttpOnly cookie; nothing here ever sees the token.

const BASE = "/api/v1";
const DEADLINE_MS = 12_000;

/** Whatever went wrong, in the gateway's own error shape, so that every place can show it the same way. */
export class ApiError extends Error {
  constructor({ status = 0, code = "failed", reason = "", message = "", remedy = null, details = {}, retryAfter = null }) {
    super(message);
    Object.assign(this, { status, code, reason, remedy, details, retryAfter });
  }
}

export class ApiClient extends EventTarget {
  /** @param {{fetch?: typeof fetch, base?: string}} options */
  constructor({ fetch: transport = (...parameters) => fetch(...parameters), base = BASE } = {}) {
    super();
    this.transport = transport;
    this.base = base;
  }

  get(path, options) {
    return this.request("GET", path, undefined, options);
  }

  post(path, body, options) {
    return this.request("POST", path, body ?? {}, options);
  }

  put(path, body, options) {
    return this.request("PUT", path, body, options);
  }

  delete(path, options) {
    return this.request("DELETE", path, undefined, options);
  }

  /** The answer's JSON, `null` for an empty one. Throws `ApiError`; an aborted request throws the signal's reason. */
  async request(method, path, body, { signal, query, deadline = DEADLINE_MS, keepalive = false, quiet401 = false } = {}) {
    const signals = [AbortSignal.timeout(deadline)];
    if (signal) signals.push(signal);
    const headers = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response;
    let text;
    try {
      response = await this.transport(this.base + path + queryString(query), {
        method, headers, keepalive,
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "same-origin", cache: "no-store",
        signal: AbortSignal.any(signals),
      });
      text = await response.text();
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw transportError(error);
    }
    if (response.ok) return parse(text);
    const failure = failureOf(response, parse(text));
    if (response.status === 401 && !quiet401) this.dispatchEvent(new CustomEvent("unauthenticated", { detail: failure }));
    throw failure;
  }

  /** Follows `nextCursor` up to `limit` items. */
  async all(path, { query = {}, limit = 2000, signal } = {}) {
    const items = [];
    let cursor = null;
    let total = null;
    do {
      const page = await this.get(path, { signal, query: { ...query, limit: 200, cursor } });
      items.push(...(page?.items ?? []));
      total = page?.total ?? total;
      cursor = page?.nextCursor ?? null;
    } while (cursor && items.length < limit);
    return { items, total: total ?? items.length };
  }
}

/** `?a=1&b=2` of what is set; empty values are left out. */
export function queryString(query) {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return pairs.length ? `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}` : "";
}

function parse(text) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function failureOf(response, body) {
  const error = body?.error ?? {};
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return new ApiError({
    status: response.status,
    code: error.code ?? codeOf(response.status),
    reason: error.reason ?? "",
    message: error.message ?? `网关返回 ${response.status}`,
    remedy: error.remedy ?? null,
    details: error.details ?? {},
    retryAfter: Number.isFinite(seconds) ? seconds : null,
  });
}

function codeOf(status) {
  return { 401: "unauthenticated", 403: "forbidden", 404: "notFound", 409: "conflict", 429: "tooMany" }[status]
    ?? (status >= 500 ? "unavailable" : "failed");
}

function transportError(error) {
  const late = error?.name === "TimeoutError";
  return new ApiError({
    code: late ? "timeout" : "unavailable",
    reason: late ? "noAnswer" : "unreachable",
    message: late ? "网关没有在规定时间内应答" : "连接不上网关",
    remedy: "检查本机网络；若其他席位也连不上，请通知系统管理员",
  });
}
