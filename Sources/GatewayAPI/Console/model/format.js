// Times and figures for reading.

const clock = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const short = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("zh-CN", { year: "numeric", month: "2-digit", day: "2-digit" });

const NONE = "—";

function date(value) {
  const at = value instanceof Date ? value : new Date(value ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** `20:31:05` */
export function clockTime(value = new Date()) {
  const at = date(value);
  return at ? clock.format(at) : NONE;
}

/** `2026-11-23` */
export function dayOf(value = new Date()) {
  const at = date(value);
  return at ? day.format(at).replaceAll("/", "-") : NONE;
}

/** `20:31` today, `11-22 20:31` in this year, else with the year. */
export function moment(value, now = new Date()) {
  const at = date(value);
  if (!at) return NONE;
  if (dayOf(at) === dayOf(now)) return short.format(at);
  const whole = dayOf(at);
  return `${at.getFullYear() === now.getFullYear() ? whole.slice(5) : whole} ${short.format(at)}`;
}

/** `2026-11-23 20:31:05` */
export function stamp(value = new Date()) {
  const at = date(value);
  return at ? `${dayOf(at)} ${clock.format(at)}` : NONE;
}

/** `3 分钟`, `2 小时 5 分`, `4 天` */
export function span(ms) {
  if (!Number.isFinite(ms) || ms < 0) return NONE;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "不足 1 分钟";
  if (minutes < 60) return `${minutes} 分钟`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} 小时 ${minutes % 60} 分` : `${hours} 小时`;
  return `${Math.floor(hours / 24)} 天`;
}

export function since(value, now = new Date()) {
  const at = date(value);
  return at ? span(now - at) : NONE;
}

/** `85 米`, `1.2 公里` */
export function distance(metres) {
  if (!Number.isFinite(metres)) return NONE;
  return metres < 1000 ? `${Math.round(metres)} 米` : `${(metres / 1000).toFixed(1)} 公里`;
}

const FULL_WIDTH = { ",": "，", ";": "；", ":": "：", "?": "？", "!": "！" };

/**
 * What the gateway says, set as Chinese is set: full-width marks beside Chinese characters, “ ” for quotes. Times, numbers
 * and addresses stay as they are.
 */
export function typeset(text) {
  return String(text ?? "")
    .replaceAll("「", "“").replaceAll("」", "”")
    .replace(/\(([^()]*\p{Script=Han}[^()]*)\)/gu, "（$1）")
    .replace(/(?<=[\p{Script=Han}”）])([,;:?!]) */gu, (_, mark) => FULL_WIDTH[mark])
    .replace(/([,;?!]) *(?=[\p{Script=Han}“（])/gu, (_, mark) => FULL_WIDTH[mark]);
}

/** `H.264` for what the gateway and FFmpeg call `h264`, `hevc`. */
export function codecName(codec) {
  return { h264: "H.264", avc: "H.264", h265: "H.265", hevc: "H.265" }[String(codec ?? "").toLowerCase()] ?? codec?.toUpperCase() ?? "";
}

export function bytes(count) {
  if (!Number.isFinite(count)) return NONE;
  const units = ["B", "KB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10));
  return `${(count / 2 ** (10 * step)).toFixed(step === 0 ? 0 : 1)} ${units[step]}`;
}

/** `106.0612°E 31.3547°N` */
export function coordinates(location) {
  if (!location || !Number.isFinite(location.longitude) || !Number.isFinite(location.latitude)) return "未标注坐标";
  const { longitude, latitude } = location;
  return `${Math.abs(longitude).toFixed(5)}°${longitude < 0 ? "W" : "E"}  ${Math.abs(latitude).toFixed(5)}°${latitude < 0 ? "S" : "N"}`;
}

/** A point as `{longitude, latitude}` from `106.06, 31.35`, or `null`. */
export function parseCoordinates(text) {
  const parts = String(text ?? "").normalize("NFKC").split(/[\s,;、]+/u).filter(Boolean).map((part) => Number.parseFloat(part));
  if (parts.length !== 2 || parts.some((part) => !Number.isFinite(part))) return null;
  const [longitude, latitude] = parts;
  return Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90 ? { longitude, latitude } : null;
}
