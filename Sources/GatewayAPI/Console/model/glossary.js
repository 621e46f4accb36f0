// The words of the domain, as the console writes them. Nothing else in the console names these things.

export const CATEGORY = {
  naturalDisaster: "自然灾害", accident: "事故灾难", publicHealth: "公共卫生事件", socialSafety: "社会安全事件",
  crime: "违法犯罪", traffic: "交通事故", rescue: "求助救援", other: "其他",
};

export const LEVEL = { I: "特别重大 Ⅰ 级", II: "重大 Ⅱ 级", III: "较大 Ⅲ 级", IV: "一般 Ⅳ 级" };

export const MODE = { normal: "常态", wartime: "战时" };

export const STAGE = {
  received: "接警", notified: "通知", handling: "处置", feedback: "反馈", closed: "办结",
  reporting: "信息报告", firstResponse: "先期处置", response: "应急响应", coordination: "指挥协调", escalation: "扩大应急",
  ended: "应急结束",
};

export const STAGES = {
  normal: ["received", "notified", "handling", "feedback", "closed"],
  wartime: ["reporting", "firstResponse", "response", "coordination", "escalation", "ended"],
};

export const ACCESS_METHOD = {
  direct: "直接接入", indirect: "间接接入", collection: "信息采集", securityCompany: "安防公司接入",
};

export const SOURCE_CATEGORY = {
  xueliang: "雪亮工程", governmentBuilt: "政府自建", enterprise: "企事业单位", community: "居民社区", internetCafe: "网吧",
  shopfront: "门市", other: "其他",
};

/** Symbol and word: a state is never told by colour alone. */
export const HEALTH = {
  online: { symbol: "●", label: "在线" },
  degraded: { symbol: "◐", label: "画面异常" },
  offline: { symbol: "✕", label: "离线" },
  unknown: { symbol: "○", label: "未检测" },
};

export const POINT_STATUS = { inUse: "在用", repair: "维修", removed: "已撤除" };

export const GROUND = {
  dangerToLife: "危及生命财产安全", disaster: "灾害", accident: "事故", publicHealth: "公共卫生", crimeInProgress: "正在发生的违法犯罪",
};

export const PURPOSE = { incident: "事件", patrol: "视频巡查", acceptance: "接入验收", maintenance: "维护" };

export const ROLE = {
  administrator: "系统管理员", auditor: "审计员", operator: "视频调度员", callTaker: "接警员", commander: "指挥长",
  leadDepartment: "牵头责任单位", securityCompany: "安防公司", memberUnit: "成员单位座席",
};

export const OUTCOME = {
  reachable: "可达", unreachable: "不可达", intermediaryUnreachable: "中间平台不可达", timeout: "超时", unauthorized: "认证失败",
  notFound: "地址不存在", redirected: "被重定向", noVideo: "没有视频", unsupported: "编码不支持", undecodable: "无法解码",
  protocolError: "协议错误",
};

export const FEED_STATE = {
  connecting: { symbol: "◌", label: "正在连接" },
  live: { symbol: "●", label: "实时" },
  stale: { symbol: "▲", label: "停滞" },
  backingOff: { symbol: "▲", label: "等待重连" },
  closed: { symbol: "✕", label: "已关闭" },
  gone: { symbol: "✕", label: "已中断" },
};

export const RECORDING = {
  recording: { symbol: "◉", label: "录像中" },
  off: { symbol: "–", label: "未录像" },
  stoppedDiskFull: { symbol: "✕", label: "录像已停：磁盘空间不足" },
  stoppedWriteFailed: { symbol: "✕", label: "录像已停：磁盘写入失败" },
};

export const LINK_END = {
  unlinked: "人工解除", expired: "到期未续", incidentEnded: "事件结束", pointRemoved: "点位撤除", pointInRepair: "点位维修",
  pointWithoutStream: "点位无码流",
};

export const MEDIUM = { console: "指挥台", live: "网页流", rtsp: "RTSP", snapshot: "取图", preview: "动态预览", hls: "HLS" };

/** The word for a value, the value itself where the gateway is newer than this page. */
export function word(table, value) {
  const entry = table[value];
  if (entry === undefined) return value ?? "";
  return typeof entry === "string" ? entry : entry.label;
}

export function symbol(table, value) {
  return table[value]?.symbol ?? "○";
}
