// What flows now, for the administrator: figures only, no picture.

import { FEED_STATE, symbol, word } from "../model/glossary.js";
import { bytes } from "../model/format.js";
import { RecordTable } from "../components/record-table.js";

const REFRESH_MS = 3000;

const STREAM = { main: "主码流", sub: "子码流" };

const figure = (value, digits = 0) => (Number.isFinite(value) ? value.toFixed(digits) : "");

export class FeedsPage extends RecordTable {
  constructor(context) {
    const nameOf = (item) => item.cameraPointName ?? item.cameraPoint?.name
      ?? context.cameras.points.find((point) => point.id === item.cameraPointId)?.name ?? item.cameraPointId ?? "";
    super(context, {
      title: "实时流", path: "/feeds", every: REFRESH_MS, keep: (item) => item.state !== "closed", none: ["现在没有实时流", "关联点位、有人观看或正在录像时才会拉流"],
      footnote: "每 3 秒刷新。系统管理员只看运行数据，不看画面。",
      columns: [
        { title: "点位", text: nameOf },
        { title: "码流", className: "nowrap", text: (item) => STREAM[item.stream] ?? item.stream ?? "" },
        { title: "编码", className: "nowrap", text: (item) => [item.codec?.toUpperCase().replace(/^H(\d)/, "H.$1"), item.width && `${item.width}×${item.height}`].filter(Boolean).join(" ") },
        { title: "转码", className: "nowrap", text: (item) => (item.transcode ? `● ${item.transcode.height ? `${item.transcode.width}×${item.transcode.height}` : "正在开始"} · ${item.transcode.viewers} 端` : "") },
        { title: "状态", className: "nowrap", text: (item) => `${symbol(FEED_STATE, item.state)} ${word(FEED_STATE, item.state)}` },
        { title: "观看端", className: "figure", text: (item) => figure(item.viewers) },
        { title: "码率 kbit/s", className: "figure", text: (item) => figure(item.bitRateKbps) },
        { title: "帧率", className: "figure", text: (item) => figure(item.frameRate, 1) },
        { title: "图像组 s", className: "figure", text: (item) => figure(item.gopSeconds, 1) },
        { title: "缓存", className: "figure", text: (item) => bytes(item.cacheBytes) },
        { title: "重连", className: "figure", text: (item) => figure(item.reconnects) },
        { title: "丢包", className: "figure", text: (item) => figure(item.losses?.lostPackets) },
        { title: "转发延迟 ms", className: "figure", text: (item) => figure(item.latenessMs, 1) },
        { title: "跳过帧", className: "figure", text: (item) => figure(item.skippedFrames) },
        { title: "乱序", className: "nowrap", text: (item) => (item.reordered ? "▲ 含 B 帧" : "无") },
      ],
    });
    context.cameras.refresh();
  }
}
