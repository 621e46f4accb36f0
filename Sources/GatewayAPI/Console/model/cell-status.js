// What a cell says about its picture. Pure; words and symbols never leave the meaning to colour.

import { OUTCOME } from "./glossary.js";

export const STALE_AFTER_MS = 2_000;
const STILL_STALE_AFTER_MS = 5_000;

/** Why the gateway ended a view, in its words. */
const ENDED = {
  evicted: "关联、事件或登录已结束，画面已停止", stalled: "本机接收太慢，画面已停止", expired: "关联已到期，画面已停止",
  feedEnded: "码流已改变或已结束", shutdown: "网关正在停止", left: "画面已停止",
};

/** Instead of the stream that was asked for. */
const SUBSTITUTE = { sub: "代用子码流", main: "代用主码流" };

/** Why there are stills where a transcode was asked for. */
const REFUSAL = { transcodesFull: "转码已满", transcodesOff: "不转码" };

const SYMBOLS = { connecting: "◌", live: "●", still: "▣", stale: "▲", gone: "✕" };

/**
 * @param {object} at
 * @param {string} at.connection  state of the media connection: idle, connecting, open, lost, refused
 * @param {number} [at.retryIn]  ms until it is tried again
 * @param {{state: string, error?: string|null, lastFrameAgeMs?: number}|null} [at.gateway]  the feed's state, as the gateway has it
 * @param {number|null} [at.frameAge]  ms since the last picture
 * @param {number|null} [at.lag]  ms that the picture is late
 * @param {boolean} [at.still]  stills instead of moving pictures
 * @param {string|null} [at.substitute]  the stream that is shown in place of one that the browser cannot play
 * @param {boolean} [at.transcoded]  made into H.264 by the gateway, since the browser plays nothing else
 * @param {string|null} [at.refusal]  why it is not
 * @param {{message: string, remedy?: string|null}|null} [at.error]
 * @returns {{kind: "connecting"|"live"|"still"|"stale"|"gone", symbol: string, label: string, lag: string, detail: string, remedy: string}}
 */
export function cellStatus(at) {
  const { connection, gateway = null, frameAge = null, lag = null, still = false, substitute = null, error = null, retryIn = 0 } = at;
  const { transcoded = false, refusal = null } = at;
  if (error && !(still && frameAge !== null && frameAge < STILL_STALE_AFTER_MS)) {
    const lasting = still && frameAge !== null;
    return status(lasting ? "stale" : "gone", lasting ? `停滞 ${seconds(frameAge)}` : "无法播放", {
      detail: error.message, remedy: error.remedy || "按 Enter 重试；仍不行请在“监控点位”页发起探测",
    });
  }
  if (connection === "refused") {
    return status("gone", "无权播放", { detail: "网关拒绝了本席位的媒体连接", remedy: "请联系系统管理员核对账号角色" });
  }
  if (connection !== "open") return disconnected(connection, frameAge, retryIn);
  if (gateway?.state === "gone") {
    return status("gone", "已中断", {
      detail: ENDED[gateway.error] ?? (feedError(gateway.error) || "这路画面已被网关停止"), remedy: "会自动重试；也可按 Enter 立即重试",
    });
  }
  if (still) {
    if (frameAge === null) return status("connecting", "正在取图", {});
    if (frameAge > STILL_STALE_AFTER_MS) return stale(frameAge, gateway);
    return status("still", refusal ? `静态·${REFUSAL[refusal] ?? "不转码"}` : "静态画面·每秒", { lag: lagText(lag) });
  }
  if (frameAge === null) {
    return status("connecting", "正在连接", {
      detail: feedError(gateway?.error), remedy: gateway?.error ? "网关会自动重连，不必操作" : "",
    });
  }
  if (gateway?.state === "stale" || frameAge > STALE_AFTER_MS) return stale(Math.max(frameAge, gateway?.lastFrameAgeMs ?? 0), gateway);
  const manner = transcoded ? "·转码" : substitute ? `·${SUBSTITUTE[substitute] ?? "另一码流"}` : "";
  return status("live", `实时${manner}`, { lag: lagText(lag) });
}

function disconnected(connection, frameAge, retryIn) {
  const wait = connection === "lost" && retryIn > 500 ? `，${Math.ceil(retryIn / 1000)} 秒后重连` : "，正在重连";
  if (frameAge === null) return status("connecting", connection === "lost" ? "等待重连" : "正在连接", {
    detail: connection === "lost" ? `与网关的连接中断${wait}` : "",
  });
  return status("stale", `停滞 ${seconds(frameAge)}`, { detail: `与网关的连接中断${wait}`, remedy: "会自动恢复，不必操作" });
}

function stale(age, gateway) {
  return status("stale", `停滞 ${seconds(age)}`, {
    detail: feedError(gateway?.error) || "摄像机没有送来新画面，网关正在重连", remedy: "会自动恢复；久无画面请换一个点位",
  });
}

function status(kind, label, { lag = "", detail = "", remedy = "" }) {
  return { kind, symbol: SYMBOLS[kind], label, lag, detail, remedy };
}

/** `timeout: no answer within 5 s` → `超时：…`. */
export function feedError(text) {
  if (!text) return "";
  const [, outcome, rest] = /^(\w+):\s*(.*)$/su.exec(text) ?? [];
  return outcome && OUTCOME[outcome] ? [OUTCOME[outcome], rest].filter(Boolean).join("：") : text;
}

function seconds(ms) {
  const whole = Math.floor(ms / 1000);
  return whole < 100 ? `${whole} 秒` : `${Math.floor(whole / 60)} 分`;
}

/** `0.3 s`: short enough for a small cell, one decimal below ten seconds. */
export function lagText(lag) {
  if (lag === null || lag === undefined) return "";
  return lag < 9_950 ? `${(lag / 1000).toFixed(1)} s` : `${Math.round(lag / 1000)} s`;
}
