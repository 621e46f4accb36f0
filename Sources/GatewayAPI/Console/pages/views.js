// The viewing register, for the auditor: who looked at which point, when, under what purpose and why.

import { MEDIUM, PURPOSE, ROLE, word } from "../model/glossary.js";
import { bytes, stamp } from "../model/format.js";
import { RecordTable } from "../components/record-table.js";

const KIND = { ticketIssued: "发放凭证", viewStarted: "开始观看", viewEnded: "结束观看" };

const END = { evicted: "已被收回", stalled: "接收太慢", expired: "已到期", feedEnded: "码流结束", shutdown: "网关停止" };

const name = (value) => value?.name ?? value ?? "";

export class ViewsPage extends RecordTable {
  constructor(context) {
    super(context, {
      title: "观看登记", path: "/views", none: ["还没有观看记录", "播放凭证的发放、观看的开始和结束都会登记在此"],
      footnote: "只增不改，逐条以哈希相连。",
      columns: [
        { title: "序号", className: "figure", text: (item) => String(item.number ?? item.sequence ?? item.id ?? "") },
        { title: "时间", className: "nowrap", text: (item) => stamp(item.at ?? item.startedAt) },
        { title: "事项", className: "nowrap", text: (item) => word(KIND, item.kind) },
        { title: "账号", text: (item) => [item.accountName ?? name(item.account), word(ROLE, item.role ?? item.account?.role)].filter(Boolean).join(" · ") },
        { title: "单位", text: (item) => name(item.unit) },
        { title: "点位", text: (item) => item.cameraPointName ?? name(item.cameraPoint) },
        { title: "用途", className: "nowrap", text: (item) => word(PURPOSE, item.purpose) },
        { title: "事件", text: (item) => item.incidentNumber ?? item.incident?.number ?? item.incidentId ?? name(item.incident) },
        { title: "事由", text: (item) => [item.reason, END[item.endReason]].filter(Boolean).join("；") },
        { title: "方式", className: "nowrap", text: (item) => word(MEDIUM, item.medium) },
        { title: "流量", className: "figure", text: (item) => (Number.isFinite(item.bytes) ? bytes(item.bytes) : "") },
      ],
    });
  }
}
