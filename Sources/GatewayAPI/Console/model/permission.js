// Which pages a role is offered. The gateway decides; this only spares people doors that are locked to them.

const PAGES = {
  administrator: ["camera-points", "feeds"],
  auditor: ["views"],
  operator: ["incidents", "camera-points"],
  callTaker: ["incidents", "camera-points"],
  commander: ["incidents", "camera-points"],
  leadDepartment: ["camera-points"],
  securityCompany: ["camera-points"],
  memberUnit: ["incidents"],
};

export const PAGE_TITLE = { incidents: "事件", "camera-points": "监控点位", views: "观看登记", feeds: "实时流" };

export function pagesOf(role) {
  return PAGES[role] ?? ["incidents"];
}

export const may = {
  /** Live pictures at all: the administrator and the auditor see none. */
  watch: (role) => ["operator", "commander", "memberUnit"].includes(role),
  link: (role) => ["operator", "commander"].includes(role),
  open: (role) => ["operator", "commander", "callTaker"].includes(role),
  advance: (role) => ["operator", "commander", "callTaker"].includes(role),
  wartime: (role) => role === "commander",
  note: (role) => ["operator", "commander", "callTaker", "memberUnit"].includes(role),
  probe: (role) => ["administrator", "operator", "commander", "leadDepartment", "securityCompany"].includes(role),
  /** The last probe's picture of a government-built point. */
  thumbnail: (role) => ["operator", "callTaker", "commander", "leadDepartment", "securityCompany"].includes(role),
  patrol: (role) => ["operator", "commander"].includes(role),
};
