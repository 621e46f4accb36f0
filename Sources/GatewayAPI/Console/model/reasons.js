// Says in Chinese what went wrong and what to do. The gateway's own words win where they are Chinese.

import { typeset } from "./format.js";

const REASONS = {
  invalidCredentials: ["账号或密码不对", "核对后再试；忘记密码请找系统管理员"],
  signInThrottled: ["登录尝试过于频繁", "请稍候再试"],
  sessionExpired: ["登录已过期", "请重新登录，登录后回到原来的页面"],
  sessionEnded: ["登录已结束", "请重新登录"],
  stageNotAllowed: ["当前阶段不能直接进入该阶段", "请按流程逐步推进"],
  levelTooLow: ["一般（Ⅳ级）事件不能转入战时", "较大（Ⅲ级）及以上方可转入战时"],
  groundRequired: ["社会面点位须说明调用事由", "请选择一项事由后再关联"],
  drillPrivatePoint: ["演练事件不能关联社会面点位", "请改用雪亮工程或政府自建点位"],
  alreadyLinked: ["该点位已关联到本事件", "在窗口或“已关联”中查看"],
  incidentEnded: ["事件已结束", "结束的事件不能再关联或播放"],
  placeTypeBanned: ["该场所依法禁止安装图像采集设备", "见《公共安全视频图像信息系统管理条例》第八条"],
  unreachable: ["连接不上网关", "检查本机网络；若其他席位也连不上，请通知系统管理员"],
};

const CODES = {
  invalid: ["填写的内容有误", "请按提示更正"],
  unauthenticated: ["尚未登录或登录已过期", "请重新登录"],
  forbidden: ["当前账号无权进行此操作", "如确有需要，请联系系统管理员"],
  notFound: ["要找的内容不存在或已被移除", "返回列表重新选择"],
  conflict: ["状态已变化，操作未执行", "请刷新后再试"],
  unavailable: ["网关暂时不能处理", "请稍后再试；持续出现请通知系统管理员"],
  tooMany: ["操作过于频繁", "请稍候再试"],
  tooLarge: ["内容过大", "请减少内容后再试"],
  timeout: ["等待超时", "请再试一次"],
  failed: ["操作没有成功", "请再试一次；持续出现请通知系统管理员"],
};

/** @param {{code?: string, reason?: string, message?: string, remedy?: string|null, retryAfter?: number|null}} error */
export function explain(error) {
  const known = REASONS[error?.reason] ?? null;
  const general = CODES[error?.code] ?? CODES.failed;
  const message = chinese(error?.message) ?? known?.[0] ?? (error?.message ? `${general[0]}（${error.message}）` : general[0]);
  const remedy = chinese(error?.remedy) ?? known?.[1] ?? error?.remedy ?? general[1];
  const wait = error?.retryAfter ? `（${error.retryAfter} 秒后可再试）` : "";
  return { message: trimStop(message), remedy: trimStop(remedy) + wait };
}

function chinese(text) {
  return typeof text === "string" && /\p{Script=Han}/u.test(text) ? typeset(text) : null;
}

function trimStop(text) {
  return String(text ?? "").replace(/[。.]$/u, "");
}

/** The gateway wants a ground, or a reason, before it links this point. */
export function asksForGround(error) {
  return /ground/i.test(error?.reason ?? "") && !/not|banned/i.test(error?.reason ?? "");
}

export function asksForReason(error) {
  return /reason(Required|Missing|Needed)/i.test(error?.reason ?? "");
}
