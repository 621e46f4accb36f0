// Unit tests of the player's pure modules: `node --test Tests/Console`.

import assert from "node:assert/strict";
import { test } from "node:test";

const console_ = new URL("../../Sources/GatewayAPI/Console/", import.meta.url);
const load = (path) => import(new URL(path, console_));
const { Demultiplexer, DemultiplexerError, MESSAGE_LIMIT, parseInit, parseState } = await load("player/demultiplexer.js");
const { decodeTime, timescale } = await load("player/boxes.js");
const { eviction, Hold, pace, rate, JUMP, LONGEST_TARGET, MAX_RATE, SLOW_RATE, START_RATE, TARGET } = await load("player/pace.js");
const { LagMeter } = await load("player/lag-meter.js");
const { AppendQueue } = await load("player/append-queue.js");
const { BackOff } = await load("player/back-off.js");
const { FeedRouter } = await load("player/feed-router.js");

function message({ feed = 1, kind = 1, key = 0, ms = 0, payload = [] }) {
  const bytes = new Uint8Array(16 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length);
  view.setUint32(4, feed);
  view.setUint8(8, kind);
  view.setUint8(9, key);
  view.setUint32(12, ms);
  bytes.set(payload, 16);
  return bytes;
}

function join(...parts) {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const stream = join(
  message({ feed: 7, kind: 0, payload: [0, 3, 97, 47, 98, 1, 2, 3] }),
  message({ feed: 7, kind: 1, key: 1, ms: 4_000_000_000, payload: [9, 8, 7] }),
  message({ feed: 0, kind: 4 }),
  message({ feed: 4_294_967_295, kind: 3 }),
  message({ feed: 9, kind: 2, payload: [...new TextEncoder().encode('{"state":"stale","error":null,"lastFrameAgeMs":2100}')] }),
);
const expected = new Demultiplexer().push(stream);

test("messages carry feed, kind, key flag and time", () => {
  assert.deepEqual(expected.map(({ feed, kind, key, ms }) => [feed, kind, key, ms]), [
    [7, "init", false, 0], [7, "fragment", true, 4_000_000_000], [0, "keepalive", false, 0], [4_294_967_295, "gap", false, 0], [9, "state", false, 0],
  ]);
  assert.deepEqual([...expected[1].payload], [9, 8, 7]);
  assert.deepEqual(parseState(expected[4].payload), { state: "stale", error: null, lastFrameAgeMs: 2100 });
});

test("every split in two, and byte by byte, gives the same messages", () => {
  for (let at = 0; at <= stream.length; at += 1) {
    const demultiplexer = new Demultiplexer();
    const messages = [...demultiplexer.push(stream.subarray(0, at)), ...demultiplexer.push(stream.subarray(at))];
    assert.deepEqual(messages, expected, `split at ${at}`);
  }
  const slow = new Demultiplexer();
  assert.deepEqual([...stream].flatMap((byte) => slow.push(Uint8Array.of(byte))), expected);
});

test("a payload outlives the chunk it came in", () => {
  const chunk = message({ payload: [1, 2, 3] });
  const [{ payload }] = new Demultiplexer().push(chunk);
  chunk.fill(0);
  assert.deepEqual([...payload], [1, 2, 3]);
});

test("an unknown kind is named, an absurd length refused before it is allocated", () => {
  assert.equal(new Demultiplexer().push(message({ kind: 200 }))[0].kind, "unknown");
  const head = message({});
  new DataView(head.buffer).setUint32(0, MESSAGE_LIMIT + 1);
  assert.throws(() => new Demultiplexer().push(head), DemultiplexerError);
});

test("init messages: MIME type and segment; cut ones are refused", () => {
  const { mimeType, segment } = parseInit(expected[0].payload);
  assert.equal(mimeType, "a/b");
  assert.deepEqual([...segment], [1, 2, 3]);
  for (const bytes of [[], [0], [0, 5, 97]]) assert.throws(() => parseInit(Uint8Array.from(bytes)), DemultiplexerError);
  assert.equal(parseState(Uint8Array.of(123)), null);
  assert.equal(parseState(new TextEncoder().encode("3")), null);
});

function box(type, ...content) {
  const body = join(...content);
  const bytes = new Uint8Array(8 + body.length);
  new DataView(bytes.buffer).setUint32(0, bytes.length);
  bytes.set([...type].map((letter) => letter.charCodeAt(0)), 4);
  bytes.set(body, 8);
  return bytes;
}

const u32 = (value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const init = join(box("ftyp", [0]), box("moov", box("mvhd", [0, 0]), box("trak", box("mdia", box("mdhd", u32(0), u32(0), u32(0), u32(90_000), u32(0), u32(0))))));
const fragment = (version, time) => join(
  box("moof", box("mfhd", u32(0), u32(1)), box("traf", box("tfhd", u32(0), u32(1)), box("tfdt", [version, 0, 0, 0], time))), box("mdat", [1, 2]));

test("timescale and decode time are read from their boxes", () => {
  assert.equal(timescale(init), 90_000);
  assert.equal(decodeTime(fragment(0, u32(4_000_000_000))), 4_000_000_000);
  assert.equal(decodeTime(fragment(1, [...u32(2), ...u32(5)])), 2 * 2 ** 32 + 5);
});

test("no cut and no flipped byte of a fragment makes reading it throw", () => {
  const whole = fragment(1, [...u32(0), ...u32(5)]);
  for (let length = 0; length < whole.length; length += 1) decodeTime(whole.subarray(0, length));
  for (let index = 0; index < whole.length; index += 1) {
    for (const value of [0, 1, 127, 255]) decodeTime(Uint8Array.from(whole, (byte, at) => (at === index ? value : byte)));
  }
  assert.equal(decodeTime(whole.subarray(0, 40)), null);
});

test("a picture at the live edge runs at its own speed, a late one faster, a very late one jumps", () => {
  assert.deepEqual(pace({ ranges: [[0, 10]], currentTime: 10 - TARGET }), { rate: 1, seekTo: null, cause: null, behind: TARGET });
  const late = pace({ ranges: [[0, 10]], currentTime: 8 });
  assert.equal(late.seekTo, null);
  assert.ok(late.rate > 1.1 && late.rate <= MAX_RATE);
  assert.ok(pace({ ranges: [[0, 10]], currentTime: 8, starting: true }).rate > 1.5, "the cached pictures are passed quickly");
  for (const behind of [TARGET + 0.2, TARGET + 0.6, TARGET + 1]) assert.ok(rate(behind) >= 1.05 && rate(behind) <= 1.1, `at ${behind} nobody sees it`);
  const lost = pace({ ranges: [[0, 10]], currentTime: 10 - JUMP - 0.1 });
  assert.equal(lost.cause, "late");
  assert.equal(lost.seekTo, 10 - TARGET);
});

test("it never jumps within four seconds, and the rate never falls as it gets later", () => {
  let last = 0;
  for (let behind = 0; behind < JUMP; behind += 0.01) {
    const decision = pace({ ranges: [[0, 100]], currentTime: 100 - behind });
    assert.equal(decision.seekTo, null, `behind ${behind}`);
    assert.ok(decision.rate >= last);
    last = decision.rate;
  }
  assert.equal(rate(100), MAX_RATE);
  assert.equal(rate(100, { starting: true }), START_RATE);
  assert.equal(rate(TARGET / 3), SLOW_RATE);
});

test("a network that lets the cell run dry makes it hold more, up to a second; quiet gives it back", () => {
  const hold = new Hold();
  assert.equal(hold.target, TARGET);
  hold.stalled(5_000);
  hold.stalled(5_300);
  assert.equal(hold.target, TARGET * 2, "two stalls within a second are one");
  for (const at of [7_000, 9_000, 11_000]) hold.stalled(at);
  assert.equal(hold.target, LONGEST_TARGET);
  hold.tick(40_000);
  assert.equal(hold.target, LONGEST_TARGET);
  for (let at = 41_000; at < 300_000; at += 250) hold.tick(at);
  assert.equal(hold.target, TARGET);
  assert.equal(rate(0.9, { target: 1 }), 1, "what is held is not late");
});

test("a hole is bridged when the picture reaches it, not before", () => {
  const ranges = [[0, 5], [6, 7]];
  assert.equal(pace({ ranges, currentTime: 4.5 }).seekTo, null);
  assert.equal(pace({ ranges, currentTime: 4.99 }).seekTo, 6);
  assert.equal(pace({ ranges, currentTime: 4.85, stalled: true }).seekTo, 6);
  assert.equal(pace({ ranges, currentTime: 5.5 }).seekTo, 6);
  assert.equal(pace({ ranges: [[6, 7]], currentTime: 5 }).cause, "before");
  assert.equal(pace({ ranges: [], currentTime: 0 }).seekTo, null);
});

test("old buffer is evicted in large bites and never near the picture", () => {
  assert.equal(eviction({ ranges: [[0, 12]], currentTime: 9 }), null);
  assert.deepEqual(eviction({ ranges: [[0, 12]], currentTime: 11 }), [0, 7]);
  assert.equal(eviction({ ranges: [], currentTime: 3 }), null);
});

test("the lag of a frame is its distance from the fragments that came straight through", () => {
  const meter = new LagMeter();
  assert.equal(meter.lag(0, 0), null);
  // A cached GOP of two seconds arrives at once, then live fragments.
  for (let frame = 0; frame <= 30; frame += 1) meter.arrived(10_000, 100 + frame / 15);
  assert.equal(Math.round(meter.lag(10_000, 100)), 2000);
  assert.equal(Math.round(meter.lag(10_500, 102.2)), 300);
});

test("a drifting clock moves the live line: old samples leave", () => {
  const meter = new LagMeter();
  for (let second = 0; second < 600; second += 1) meter.arrived(second * 1000 + second * 2, second);
  assert.ok(meter.lag(599 * 1002, 599) < 30);
});

const item = (kind, key, size, time = 0) => ({ kind, key, bytes: new Uint8Array(size), time });

test("an overflowing queue keeps the init and whole GOPs only", () => {
  const queue = new AppendQueue(100);
  queue.push(item("init", false, 10));
  queue.push(item("fragment", true, 40, 1));
  queue.push(item("fragment", false, 20, 2));
  queue.push(item("fragment", true, 20, 3));
  queue.push(item("fragment", false, 20, 4));
  assert.deepEqual([queue.shift().kind, queue.shift().time, queue.shift().time, queue.shift()], ["init", 3, 4, null]);
  assert.equal(queue.bytes, 0);
  assert.equal(queue.dropped, 2);
});

test("an overflow without a newer key fragment waits for the next one", () => {
  const queue = new AppendQueue(50);
  queue.push(item("fragment", true, 30, 1));
  queue.push(item("fragment", false, 30, 2));
  queue.push(item("fragment", false, 5, 3));
  assert.equal(queue.length, 0);
  queue.push(item("fragment", true, 5, 4));
  assert.equal(queue.peek().time, 4);
});

test("a restart begins with the init and the newest GOP, or awaits a key fragment", () => {
  const queue = new AppendQueue();
  queue.push(item("fragment", true, 5, 1));
  queue.push(item("fragment", false, 5, 2));
  queue.restart(item("init", false, 3));
  assert.deepEqual([queue.shift().kind, queue.shift().time, queue.shift().time], ["init", 1, 2]);
  queue.restart(item("init", false, 3));
  queue.push(item("fragment", false, 5, 3));
  queue.push(item("fragment", true, 5, 4));
  assert.deepEqual(queue.leading("init").length, 1);
  queue.drop(1);
  assert.equal(queue.shift().time, 4);
});

test("waiting doubles up to its limit, is jittered and starts over", () => {
  const backOff = new BackOff({ first: 500, limit: 8000, random: () => 1 });
  assert.deepEqual(Array.from({ length: 6 }, () => backOff.next()), [500, 1000, 2000, 4000, 8000, 8000]);
  backOff.reset();
  backOff.random = () => 0;
  assert.equal(backOff.next(), 250);
});

test("messages that come before their feed is claimed reach the claimer in order; a new init discards the older ones", () => {
  const router = new FeedRouter();
  const seen = [];
  const sink = { receive: ({ kind, payload }) => seen.push(`${kind}${payload.length}`) };
  const send = (kind, size, feed = 5) => router.route({ feed, kind, key: false, ms: 0, payload: new Uint8Array(size) });
  send("fragment", 1);
  send("init", 2);
  send("fragment", 3);
  send("keepalive", 9, 0);
  router.claim(5, sink);
  send("fragment", 4);
  assert.deepEqual(seen, ["init2", "fragment3", "fragment4"]);
  assert.equal(router.unclaimedBytes, 0);
  router.release(5, sink);
  send("fragment", 5);
  assert.equal(seen.length, 3);
  router.dropUnclaimed();
  assert.equal(router.unclaimedBytes, 0);
});

test("what nobody claims is bounded", () => {
  const router = new FeedRouter();
  for (let feed = 0; feed < 40; feed += 1) router.route({ feed, kind: "fragment", key: true, ms: 0, payload: new Uint8Array(1024 * 1024) });
  assert.ok(router.unclaimedBytes <= 8 * 1024 * 1024);
});
