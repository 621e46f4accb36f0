// The rows of a cell's technical panel. Pure.

const STREAM = { main: "主码流", sub: "子码流" };

/**
 * @param {object|null} feed  of `GET feeds/{point}/{stream}`; `null` while the gateway has not answered
 * @param {object} record  of `Metrics`
 * @returns {[label: string, value: string, isFault?: boolean][]}
 */
export function figureRows(feed, record) {
  return [...(feed ? fromGateway(feed) : []), ...fromScreen(record)];
}

function fromGateway(feed) {
  const size = feed.width ? ` ${feed.width}×${feed.height}` : "";
  const rows = [
    ["码流", `${STREAM[feed.stream] ?? feed.stream} ${codecName(feed.codec)}${size}`.trim()],
    ["码率", `${bitRate(feed.bitRateKbps)}　${feed.frameRate.toFixed(1)} 帧/秒`],
    ["图像组", feed.gopSeconds === null ? "未知" : `${feed.gopSeconds.toFixed(1)} 秒`],
  ];
  const { lostPackets, damagedKeyUnits, malformedPackets, oversizedUnits, lostFramings } = feed.losses;
  const losses = [
    [lostPackets, "丢包"], [damagedKeyUnits, "坏关键帧"], [malformedPackets, "坏包"], [oversizedUnits, "超大帧"], [lostFramings, "失步"],
  ].filter(([count]) => count > 0);
  rows.push(["来源损失", losses.length ? losses.map(([count, name]) => `${name} ${count}`).join("　") : "无", losses.length > 0]);
  if (feed.transcode) rows.push(["转码", transcodeText(feed.transcode), feed.transcode.restarts > 0]);
  if (feed.reconnects > 0) rows.push(["重连", `${feed.reconnects} 次`, true]);
  if (feed.latenessMs !== null || !feed.transcode) rows.push(["网关转发", feed.latenessMs === null ? "未测" : `${milliseconds(feed.latenessMs)}　观看端 ${feed.viewers}`, feed.latenessMs > 500]);
  if (feed.skippedFrames > 0) rows.push(["网关跳帧", String(feed.skippedFrames), true]);
  return rows;
}

function transcodeText({ width, height, frameRate, viewers, restarts }) {
  const again = restarts > 0 ? `　重启 ${restarts} 次` : "";
  return `H.264 ${width ? `${width}×${height}` : ""}　${frameRate.toFixed(1)} 帧/秒　观看端 ${viewers}${again}`;
}

function fromScreen(record) {
  const rows = [["画面延迟", record.lag === null ? "未测" : milliseconds(record.lag), record.lag > 1500]];
  rows.push(["本机缓冲", `${record.behind.toFixed(1)} 秒　${record.rate.toFixed(2)} 倍速`]);
  const faults = [[record.stalls, "卡顿"], [record.jumps, "跳进"], [record.dropped, "丢弃"], [record.rebuilds, "重建"]].filter(([count]) => count > 0);
  if (faults.length) rows.push(["本机", faults.map(([count, name]) => `${name} ${count}`).join("　")]);
  return rows;
}

function codecName(codec) {
  return codec ? codec.toUpperCase().replace(/^H(\d)/u, "H.$1") : "";
}

function bitRate(kbps) {
  return kbps >= 1000 ? `${(kbps / 1000).toFixed(1)} Mbit/s` : `${Math.round(kbps)} kbit/s`;
}

/** Three figures at most: `0.21 ms`, `34 ms`, `1.2 秒`. */
export function milliseconds(value) {
  if (value >= 1000) return `${(value / 1000).toFixed(1)} 秒`;
  return value < 10 ? `${value.toFixed(2)} ms` : `${Math.round(value)} ms`;
}
