// Unit tests of the console's pure models: `node --test Tests/Console`.

import assert from "node:assert/strict";
import { test } from "node:test";

const console_ = new URL("../../Sources/GatewayAPI/Console/", import.meta.url);
const load = (path) => import(new URL(path, console_));
const { Arrangement, neighbour } = await load("model/arrangement.js");
const { search } = await load("model/search.js");
const { cellStatus, lagText } = await load("model/cell-status.js");
const { asksForGround, asksForReason, explain } = await load("model/reasons.js");
const { codecName, distance, parseCoordinates, span, typeset } = await load("model/format.js");
const { nearestFirst, partsOf } = await load("model/incident-model.js");
const { lines, step } = await load("map/graticule.js");
const { labelCorners, sector } = await load("map/symbols.js");
const { ApiClient, ApiError, queryString } = await load("gateway/client.js");

const keys = (count) => Array.from({ length: count }, (_, index) => `k${index}`);

test("the automatic grid is the smallest that holds every link", () => {
  for (const [count, side] of [[0, 1], [1, 1], [2, 2], [4, 2], [5, 3], [9, 3], [10, 4], [16, 4], [30, 4]]) {
    const arrangement = new Arrangement();
    arrangement.sync(keys(count));
    assert.equal(arrangement.side, side, `${count} links`);
    assert.equal(arrangement.visible.filter(Boolean).length, Math.min(count, 16));
  }
});

test("the nearest camera stands in the first cell", () => {
  const link = (id, distance, linkedAt) => ({ id, linkedAt, cameraPoint: { distance } });
  const links = [
    link("far", 900, "2026-11-23T12:00:00Z"), link("nowhere", null, "2026-11-23T11:00:00Z"), link("later", 12, "2026-11-23T12:00:02+08:00"),
    link("earlier", 12, "2026-11-23T12:00:01+08:00"), link("near", 3.5, "2026-11-23T13:00:00Z"), link("older gateway", undefined, "2026-11-23T12:30:00Z"),
  ];
  const order = nearestFirst(links).map(({ id }) => id);
  assert.deepEqual(order, ["near", "earlier", "later", "far", "nowhere", "older gateway"]);
  assert.equal(links[0].id, "far", "the list itself stays");
  const arrangement = new Arrangement();
  arrangement.sync(order);
  assert.deepEqual(arrangement.visible.slice(0, 3), ["near", "earlier", "later"]);
});

test("cells keep their places while others leave, and close up when a smaller grid holds them", () => {
  const arrangement = new Arrangement();
  arrangement.sync(keys(6));
  arrangement.remove(1);
  assert.deepEqual(arrangement.visible.slice(0, 6), ["k0", null, "k2", "k3", "k4", "k5"]);
  arrangement.remove(0);
  assert.equal(arrangement.side, 2);
  assert.deepEqual(arrangement.visible, ["k2", "k3", "k4", "k5"]);
});

test("a removed link stays away until a person places it, an ended one is forgotten", () => {
  const arrangement = new Arrangement();
  arrangement.sync(keys(3));
  arrangement.remove(0);
  arrangement.sync(keys(3));
  assert.ok(!arrangement.places.includes("k0"));
  assert.equal(arrangement.place("k0") >= 0, true);
  arrangement.sync(["k1"]);
  assert.deepEqual(arrangement.places.filter(Boolean), ["k1"]);
});

test("a chosen grid stays, and a further camera takes its last cell", () => {
  const arrangement = new Arrangement();
  arrangement.choose(2);
  arrangement.sync(keys(5));
  assert.equal(arrangement.side, 2);
  assert.deepEqual(arrangement.hidden(keys(5)), ["k4"]);
  assert.equal(arrangement.place("k4"), 3);
  assert.deepEqual(arrangement.visible, ["k0", "k1", "k2", "k4"]);
  assert.deepEqual(Arrangement.from(JSON.parse(JSON.stringify(arrangement))).visible, arrangement.visible);
  assert.deepEqual(Arrangement.from({ places: [3, {}], removed: 1, side: 99 }).places.filter(Boolean), []);
});

test("arrows stay in the grid", () => {
  assert.equal(neighbour(4, "ArrowLeft", 3), 3);
  assert.equal(neighbour(3, "ArrowLeft", 3), 3);
  assert.equal(neighbour(7, "ArrowDown", 3), 7);
  assert.equal(neighbour(1, "ArrowDown", 3), 4);
  assert.equal(neighbour(2, "ArrowRight", 3), 2);
});

const points = [
  { id: "1", name: "新华路与蜀北大道路口", pinyin: "xhlysbddlk", gbCode: "51132100001321000001", address: "新华路10号", township: "滨江街道" },
  { id: "2", name: "滨江路水厂段", pinyin: "bjlscd", gbCode: "51132100021321000012", address: "滨江路", township: "滨江街道" },
  { id: "3", name: "御林小区大门", pinyin: "ylxqdm", gbCode: "51132100021321000112", address: "御林路", township: "南隆街道" },
];
const found = (text) => search(points, text).map((point) => point.id);

test("search finds by name, initials, the end of the code and the place, best first", () => {
  assert.deepEqual(found("水厂"), ["2"]);
  assert.deepEqual(found("BJL"), ["2"]);
  assert.deepEqual(found("ＸＨＬ"), ["1"]);
  assert.deepEqual(found("51132100021321000112"), ["3"]);
  assert.deepEqual(found("0012"), ["2"]);
  assert.deepEqual(found("112"), ["3"]);
  assert.deepEqual(found("滨江"), ["2", "1"]);
  assert.deepEqual(found("南隆 大门"), ["3"]);
  assert.deepEqual(found("  "), []);
  assert.deepEqual(found("没有"), []);
});

test("a cell says live with its lag, stale, gone and still, in words", () => {
  const open = { connection: "open" };
  assert.equal(cellStatus({ ...open }).kind, "connecting");
  const live = cellStatus({ ...open, frameAge: 60, lag: 312 });
  assert.deepEqual([live.kind, live.label, live.lag], ["live", "实时", "0.3 s"]);
  assert.equal(cellStatus({ ...open, frameAge: 60, gateway: { state: "stale", lastFrameAgeMs: 12_400 } }).label, "停滞 12 秒");
  assert.equal(cellStatus({ ...open, frameAge: 2_500 }).kind, "stale");
  assert.equal(cellStatus({ ...open, gateway: { state: "gone", error: "关联已解除" }, frameAge: 10 }).detail, "关联已解除");
  assert.equal(cellStatus({ ...open, still: true, frameAge: 900 }).label, "静态画面·每秒");
  const lost = cellStatus({ connection: "lost", frameAge: 800, retryIn: 2600 });
  assert.equal(lost.kind, "stale");
  assert.match(lost.detail, /3 秒后重连/);
  const failed = cellStatus({ ...open, error: { message: "无权" } });
  assert.deepEqual([failed.kind, failed.detail], ["gone", "无权"]);
  assert.match(cellStatus({ ...open, gateway: { state: "gone", error: "evicted" }, frameAge: 10 }).detail, /已停止/);
  assert.equal(cellStatus({ ...open, gateway: { state: "stale", error: "timeout: 5 秒内没有应答" } }).detail, "超时：5 秒内没有应答");
  for (const status of [live, lost, failed]) assert.ok(status.symbol && status.label);
  assert.equal(lagText(12_345), "12 s");
});

test("refusals are Chinese and say what to do", () => {
  assert.deepEqual(explain({ code: "conflict", reason: "stageNotAllowed", message: "not allowed" }), { message: "当前阶段不能直接进入该阶段", remedy: "请按流程逐步推进" });
  assert.equal(explain({ code: "forbidden", message: "该点位正在维修。" }).message, "该点位正在维修");
  assert.match(explain({ code: "failed", message: "disk I/O error" }).message, /disk I\/O error/);
  assert.ok(explain(undefined).remedy);
  assert.match(explain({ code: "tooMany", retryAfter: 9 }).remedy, /9 秒/);
  assert.equal(asksForGround({ reason: "groundRequired" }), true);
  assert.equal(asksForGround({ reason: "drillPrivatePoint" }), false);
  assert.equal(asksForReason({ reason: "reasonRequired" }), true);
});

test("coordinates are read as longitude, latitude, or not at all", () => {
  assert.deepEqual(parseCoordinates("106.06, 31.35"), { longitude: 106.06, latitude: 31.35 });
  assert.deepEqual(parseCoordinates("１０６．０６，31.35"), { longitude: 106.06, latitude: 31.35 });
  for (const text of ["", "106", "31.35, 206", "a, b", "1,2,3"]) assert.equal(parseCoordinates(text), null, text);
  assert.equal(distance(85.4), "85 米");
  assert.equal(distance(1240), "1.2 公里");
  assert.equal(span(3_900_000), "1 小时 5 分");
});

test("events make exactly their parts stale", () => {
  assert.deepEqual(partsOf("journal.appended"), ["journal"]);
  assert.ok(partsOf("link.created").includes("links"));
  assert.deepEqual(partsOf("account.changed"), []);
});

test("the ground has a readable number of lines at every scale", () => {
  for (let degrees = 0.004; degrees < 20; degrees *= 1.3) {
    const by = step(degrees, 3);
    const count = lines(106, 106 + degrees, by).length;
    assert.ok(count >= 2 && count <= 12, `${degrees}° by ${by}: ${count}`);
  }
});

test("a camera that looks east covers what is east of it", () => {
  const outline = sector({ location: { longitude: 106, latitude: 31 }, azimuth: 90, fieldOfView: 60, visibleRange: 100 });
  assert.equal(outline.length, 14);
  for (const [, longitude] of outline.slice(1)) assert.ok(longitude > 106);
  assert.deepEqual(sector({ location: null, azimuth: 90, fieldOfView: 60 }), []);
});

test("numbers of neighbouring cameras on the map do not cover each other", () => {
  assert.deepEqual(labelCorners([{ x: 100, y: 100 }]), ["ne"]);
  assert.deepEqual(labelCorners([{ x: 100, y: 100 }, { x: 200, y: 100 }, { x: 100, y: 160 }]), ["ne", "ne", "ne"]);
  assert.deepEqual(labelCorners(Array(5).fill({ x: 100, y: 100 })), ["ne", "nw", "se", "sw", "ne"], "a fifth has no room left");
  // The west one's number would stand under the east one's.
  assert.deepEqual(labelCorners([{ x: 100, y: 100 }, { x: 80, y: 104 }]), ["ne", "nw"]);
  // Nor do they cover the incident, or a neighbour's point.
  assert.deepEqual(labelCorners([{ x: 100, y: 100 }], { x: 130, y: 80 }), ["nw"]);
  assert.deepEqual(labelCorners([{ x: 100, y: 100 }, { x: 124, y: 90 }]), ["nw", "ne"]);
});

test("what the gateway says is set as Chinese is set", () => {
  const pairs = {
    "关联点位「北街口」,事由:灾害;不录像": "关联点位“北街口”，事由：灾害；不录像",
    "连接不上(超时),10 秒后重试": "连接不上（超时），10 秒后重试",
    "HTTP 404,地址不存在": "HTTP 404，地址不存在",
    "20:31:05 起,流量 1,200": "20:31:05 起，流量 1,200",
    "rtsp://198.51.100.2:554/live?a=1 没有应答": "rtsp://198.51.100.2:554/live?a=1 没有应答",
    "connection refused (errno 111)": "connection refused (errno 111)",
    "距 12 米, 在线": "距 12 米，在线",
  };
  for (const [said, set] of Object.entries(pairs)) assert.equal(typeset(said), set);
  assert.equal(typeset(null), "");
  assert.equal(explain({ message: "「北街口」属社会资源(门市),关联须选择法定事由。" }).message, "“北街口”属社会资源（门市），关联须选择法定事由");
});

test("codecs go by the names that people know", () => {
  for (const [name, shown] of [["hevc", "H.265"], ["H265", "H.265"], ["h264", "H.264"], ["mjpeg", "MJPEG"], [undefined, ""]]) {
    assert.equal(codecName(name), shown);
  }
});

const answer = (status, body, headers = {}) => new Response(body === null ? null : JSON.stringify(body), { status, headers });

test("the gateway's errors arrive whole; a 401 is told to the console, a sign-in's own is not", async () => {
  const told = [];
  const error = { error: { code: "conflict", reason: "stageNotAllowed", message: "m", remedy: "r", details: { allowed: "a,b" } } };
  const answers = [answer(409, error), answer(401, {}), answer(401, {}), answer(429, {}, { "Retry-After": "7" }), answer(204, null)];
  const client = new ApiClient({ fetch: async () => answers.shift() });
  client.addEventListener("unauthenticated", () => told.push(1));
  await assert.rejects(client.get("/x"), (thrown) => thrown instanceof ApiError && thrown.details.allowed === "a,b" && thrown.status === 409);
  await assert.rejects(client.get("/x"));
  await assert.rejects(client.get("/x", { quiet401: true }));
  assert.equal(told.length, 1);
  await assert.rejects(client.get("/x"), { retryAfter: 7, code: "tooMany" });
  assert.equal(await client.delete("/x"), null);
});

test("a list is read to its end, and an unreachable gateway says so", async () => {
  const asked = [];
  const client = new ApiClient({
    fetch: async (url) => {
      asked.push(url);
      return asked.length === 1 ? answer(200, { items: [1, 2], nextCursor: "c", total: 3 }) : answer(200, { items: [3], nextCursor: null, total: 3 });
    },
  });
  assert.deepEqual(await client.all("/l", { query: { state: "active" } }), { items: [1, 2, 3], total: 3 });
  assert.match(asked[1], /cursor=c/);
  const broken = new ApiClient({ fetch: async () => { throw new TypeError("Failed to fetch"); } });
  await assert.rejects(broken.get("/x"), { reason: "unreachable" });
  assert.equal(queryString({ a: 1, b: "", c: null, d: "x y" }), "?a=1&d=x+y");
});

test("technical figures: faults are marked, what the gateway does not know is left out", async () => {
  const { figureRows, milliseconds } = await load("model/feed-figures.js");
  const record = { lag: 320, behind: 0.31, rate: 1.05, stalls: 0, jumps: 0, dropped: 0, rebuilds: 0 };
  const losses = { lostPackets: 0, damagedKeyUnits: 0, malformedPackets: 0, oversizedUnits: 0, lostFramings: 0 };
  const feed = { stream: "sub", codec: "h264", width: 640, height: 360, bitRateKbps: 512.4, frameRate: 15, gopSeconds: 2, losses,
    reconnects: 0, latenessMs: 0.21, viewers: 3, skippedFrames: 0 };
  const rows = new Map(figureRows(feed, record).map(([label, value, isFault]) => [label, { value, isFault }]));
  assert.equal(rows.get("码流").value, "子码流 H.264 640×360");
  assert.equal(rows.get("码率").value, "512 kbit/s　15.0 帧/秒");
  assert.equal(rows.get("画面延迟").value, "320 ms");
  assert.equal(rows.get("来源损失").value, "无");
  assert.ok([...rows.values()].every(({ isFault }) => !isFault));
  const bad = new Map(figureRows({ ...feed, losses: { ...losses, lostPackets: 7 }, latenessMs: null, gopSeconds: null }, record).map((row) => [row[0], row]));
  assert.deepEqual(bad.get("来源损失"), ["来源损失", "丢包 7", true]);
  assert.deepEqual(figureRows(null, { ...record, lag: null })[0].slice(0, 2), ["画面延迟", "未测"]);
  assert.deepEqual([0.214, 34.4, 1234].map(milliseconds), ["0.21 ms", "34 ms", "1.2 秒"]);
});

test("a stream that the browser cannot play gives way to the point's other one, said in the cell", async () => {
  const { otherStream } = await load("player/choice.js");
  const streams = [{ role: "main", codec: "h265" }, { role: "sub", codec: "h264" }];
  assert.equal(otherStream({ stream: "main", streams }), "sub");
  assert.equal(otherStream({ stream: "sub", streams }), null, "the other one is H.265, too");
  assert.equal(otherStream({ stream: "main", streams: [{ role: "main", codec: null }] }), null);
  const { cellStatus: statusOf } = await load("model/cell-status.js");
  const live = statusOf({ connection: "open", frameAge: 40, lag: 200, substitute: "sub" });
  assert.deepEqual([live.kind, live.label], ["live", "实时·代用子码流"]);
});

test("what cannot be played is asked for in another way, each once, and never in a circle", async () => {
  const { Choice } = await load("player/choice.js");
  const both = [{ role: "main", codec: "h265" }, { role: "sub", codec: "h265" }];
  const only = new Choice("sub");
  assert.deepEqual([only.next(both), only.transcode, only.stream], ["transcode", true, "sub"]);
  assert.equal(only.next(both), "stills");
  const main = new Choice("main");
  const streams = [{ role: "main", codec: "h265" }, { role: "sub", codec: null }];
  assert.deepEqual([main.next(streams), main.stream, main.substitute, main.transcode], ["stream", "sub", "sub", false]);
  assert.deepEqual([main.next(streams), main.stream, main.substitute, main.transcode], ["stream", "main", null, true], "the wanted one is made");
  assert.equal(main.next(streams), "stills");
  main.change("sub");
  assert.deepEqual([main.stream, main.substitute, main.transcode], ["sub", null, false]);
});

test("a cell says that it is transcoded, and why it is not", async () => {
  const open = { connection: "open", gateway: { state: "live" }, frameAge: 40 };
  assert.equal(cellStatus({ ...open, transcoded: true }).label, "实时·转码");
  const full = cellStatus({ ...open, transcoded: true, still: true, refusal: "transcodesFull" });
  assert.deepEqual([full.kind, full.label], ["still", "静态·转码已满"]);
  assert.equal(cellStatus({ ...open, transcoded: true, still: true, refusal: "transcodesOff" }).label, "静态·不转码");
  assert.equal(cellStatus({ ...open, still: true }).label, "静态画面·每秒");
});
