// The dossier of one camera point, its probes, and its picture for a patrol.

import { ACCESS_METHOD, OUTCOME, POINT_STATUS, SOURCE_CATEGORY, word } from "../model/glossary.js";
import { codecName, coordinates, moment, since, stamp, typeset } from "../model/format.js";
import { may } from "../model/permission.js";
import { ask, field } from "../view/dialog.js";
import { fill, h } from "../view/dom.js";
import { empty, failure, failureSlot, loading } from "../view/states.js";
import { healthMark } from "./badges.js";
import { contact } from "./suggestion-panel.js";
import "./cell.js";

const TICK_MS = 500;
const FROZEN = 1; // of 255: what sensor noise alone changes in a picture that stands still

export class CameraDetail {
  #context;
  #ended = new AbortController();
  #point = null;
  #head = h("div", loading("正在读取档案"));
  #thumbnail = h("div.thumbnail-slot");
  #facts = h("dl.facts");
  #history = h("div.probe-history");
  #slot = failureSlot();
  #probing = false;
  #cell = null;
  #timer = null;
  #picture = h("div.patrol");
  #buttons = h("div.detail-actions");

  constructor(context, id) {
    this.#context = context;
    this.id = id;
    this.path = `/camera-points/${encodeURIComponent(id)}`;
    this.element = h("div.detail",
      this.#head, this.#thumbnail, this.#picture, this.#buttons, this.#slot.element, this.#facts, this.#history);
    this.refresh();
  }

  unmount() {
    this.#ended.abort();
    this.#stopPatrol();
  }

  async refresh() {
    const options = { signal: this.#ended.signal };
    try {
      this.#point = await this.#context.api.get(this.path, options);
      this.#drawHead();
    } catch (error) {
      if (!this.#ended.signal.aborted) fill(this.#head, failure(error, () => this.refresh(), "没有读到点位档案"));
      return;
    }
    await this.#readHistory();
  }

  async #readHistory() {
    if (this.#point.accessMethod === "collection") {
      fill(this.#history);
      return;
    }
    try {
      const { items } = await this.#context.api.get(`${this.path}/probes`, { signal: this.#ended.signal });
      fill(this.#history, h("h3", "探测记录"), items.length ? h("ol.probes", items.map((report) => probeRow(report)))
        : empty("还没有探测过", this.#point.live ? "按 P 立即探测" : "恢复在用后探测"));
    } catch (error) {
      if (!this.#ended.signal.aborted) fill(this.#history, h("h3", "探测记录"), failure(error, () => this.#readHistory()));
    }
  }

  #drawHead() {
    const point = this.#point;
    const { role } = this.#context.account;
    fill(this.#head,
      h("h2", point.name),
      h("p.detail-health",
        point.status && point.status !== "inUse" && h("span.badge.out-of-use", word(POINT_STATUS, point.status)),
        healthMark(point.health),
        point.health?.since && h("span.quiet", `持续 ${since(point.health.since)}`), point.health?.reason && h("span", typeset(point.health.reason))),
      point.accessMethod === "collection" && contact({ owner: point.owner, phone: point.ownerContact }, point));
    fill(this.#facts, facts(point).map(([label, ...values]) => [label, ...values.filter(Boolean)]).filter(([, value]) => value)
      .map(([label, ...values]) => [h("dt", label), values.map((value) => h("dd", value))]));
    fill(this.#thumbnail, this.#cell ? null : thumbnail(point, role, this.path));
    fill(this.#buttons,
      point.live && may.probe(role) && h("button.button", { type: "button", disabled: this.#probing, onclick: () => this.probe() }, this.#probing ? "正在探测" : ["立即探测 ", h("kbd", "P")]),
      point.live && may.patrol(role) && (point.isPrivate
        ? h("p.quiet", "社会面点位：关联到事件后方可观看")
        : h("button.button", { type: "button", onclick: () => (this.#cell ? this.#stopPatrol() : this.#askPatrol()) }, this.#cell ? "结束巡查" : "视频巡查")));
  }

  async probe() {
    if (this.#probing || !this.#point?.live || !may.probe(this.#context.account.role)) return;
    this.#probing = true;
    this.#slot.clear();
    this.#drawHead();
    try {
      await this.#context.api.post(`${this.path}/probes`, {}, { deadline: 30_000, signal: this.#ended.signal });
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      this.#slot.show(error);
    }
    this.#probing = false;
    await this.refresh();
  }

  #askPatrol() {
    const reason = h("input", { required: true, maxlength: 200, autofocus: true, placeholder: "如：早高峰路口巡查" });
    return ask({
      title: `视频巡查“${this.#point.name}”`, confirm: "开始巡查", body: [field("事由", reason, "与账号、时间一并登记")],
      submit: async () => this.#startPatrol(reason.value.trim()),
    });
  }

  #startPatrol(reason) {
    const { account, wall, metrics } = this.#context;
    metrics.click();
    const cell = document.createElement("lookout-cell");
    cell.tabIndex = 0;
    this.#cell = cell;
    fill(this.#picture, cell);
    const stream = this.#point.streams?.some((known) => known.role === "sub") ? "sub" : "main";
    cell.assign({ title: this.#point.name, number: "巡查" }, account.name, (surface) => wall.show(0, {
      cameraPointId: this.id, ticketPath: `${this.path}/tickets`, purpose: "patrol", stream, reason,
    }, surface));
    this.#timer = setInterval(() => { cell.refresh(); cell.mark(); }, TICK_MS);
    this.#drawHead();
  }

  #stopPatrol() {
    clearInterval(this.#timer);
    if (!this.#cell) return;
    this.#context.wall.hide(this.#cell.session);
    this.#cell = null;
    fill(this.#picture);
    if (!this.#ended.signal.aborted) this.#drawHead();
  }
}

/** What the last good probe saw; of a private point there is nothing to see, and the page says so. */
function thumbnail(point, role, path) {
  if (point.accessMethod === "collection" || !may.thumbnail(role)) return null;
  if (point.isPrivate) return h("p.thumbnail-none.quiet", "社会面点位不留探测画面");
  if (!point.thumbnail) return h("p.thumbnail-none.quiet", "还没有探测画面，探测成功后显示在这里");
  const { at } = point.thumbnail;
  const picture = h("img.thumbnail-picture", {
    src: `/api/v1${path}/thumbnail?at=${encodeURIComponent(at)}`, alt: `“${point.name}”最近一次探测的画面`, width: 320, height: 180,
    onerror: () => picture.replaceWith(h("p.thumbnail-none.quiet", "探测画面没有取到，重新打开档案再试")),
  });
  return h("figure.thumbnail", picture, h("figcaption.quiet", "探测画面 ", h("time", { datetime: at }, stamp(at))));
}

function facts(point) {
  const streams = (point.streams ?? []).map((stream) => [
    stream.role === "sub" ? "子码流" : "主码流", codecName(stream.codec),
    stream.width && `${stream.width}×${stream.height}`, stream.frameRate && `${Math.round(stream.frameRate)} 帧/秒`,
    stream.transport && stream.transport !== "automatic" && `只走 ${stream.transport.toUpperCase()}`,
    stream.certificatePin && `证书指纹 ${stream.certificatePin}`,
  ].filter(Boolean).join(" "));
  return [
    ["编码", point.gbCode], ["设备状态", word(POINT_STATUS, point.status)], ["接入方式", word(ACCESS_METHOD, point.accessMethod)],
    ["来源类别", `${word(SOURCE_CATEGORY, point.sourceCategory)}${point.isPrivate ? "（社会面）" : ""}`],
    ["地址", point.address?.startsWith(point.township) ? point.address : [point.township, point.address].filter(Boolean).join(" ")], ["坐标", coordinates(point.location)],
    ["朝向", Number.isFinite(point.azimuth) ? `${point.azimuth}°，视场 ${point.fieldOfView ?? "—"}°，可视 ${point.visibleRange ?? "—"} 米` : ""],
    ["牵头责任单位", point.leadDepartment?.name ?? point.leadDepartment], ["产权单位", point.owner], ["联系方式", point.live ? point.ownerContact : ""],
    ["安防公司", point.securityCompany?.name], ["中间平台", point.intermediary?.name], ["码流", ...streams],
    ["录像保存", point.recordSaveDays ? `${point.recordSaveDays} 天${point.recordSaveDays < 30 ? "（不足 30 天）" : ""}` : ""],
    ["备案", [point.filingNumber, point.filedOn].filter(Boolean).join(" ")],
  ];
}

function probeRow(report) {
  const good = report.outcome === "reachable";
  const { video, gop, picture } = report;
  const figures = [
    video && [codecName(video.codec), video.width && `${video.width}×${video.height}`, video.frameRate && `${Math.round(video.frameRate)} 帧/秒`].filter(Boolean).join(" "),
    Number.isFinite(report.timeToFirstKeyFrameMs) && `首个关键帧 ${Math.round(report.timeToFirstKeyFrameMs)} ms`,
    gop && (gop.seconds ? `关键帧间隔 ${gop.seconds.toFixed(1)} 秒` : gop.atLeast ? `关键帧间隔 ≥ ${gop.atLeast.toFixed(1)} 秒` : ""),
    picture && Number.isFinite(picture.mean) && `亮度 ${Math.round(picture.mean)}`,
    picture && Number.isFinite(picture.motion) && `画面变化 ${picture.motion}${picture.motion <= FROZEN ? "（静止）" : ""}`,
  ].filter(Boolean);
  return h("li.probe", { title: stamp(report.at) },
    h("span.health", { dataset: { health: good ? "online" : "offline" } }, `${good ? "✓" : "✕"} ${word(OUTCOME, report.outcome)}`),
    h("time.quiet", moment(report.at)), report.detail && !good && h("p.probe-detail", typeset(report.detail)),
    figures.length > 0 && h("p.probe-figures.quiet", figures.join(" · ")));
}
