"""What a soak saw, and whether it broke a rule.

A camera is *touched* from a fault's beginning until `GRACE` seconds after the gateway reached it again: only then may its
viewers miss packets. Once a fault is over the gateway has `RETURN` seconds to be back: its longest pause is 60 s.
"""
import bisect
import collections
import statistics

GRACE = 30
RETURN = 100
WARM_UP = 15 * 60
MOST_GROWTH_MIB_AN_HOUR = 4.0
MOST_MORE_DESCRIPTORS = 12
MOST_MORE_THREADS = 2


class Cameras:
    """When each camera was disturbed."""

    def __init__(self):
        self.faults = collections.defaultdict(list)
        self.connections = collections.defaultdict(list)

    def note(self, message):
        if message[0] == "fault":
            _, camera, kind, start, until = message
            self.faults[camera].append((start, until, kind))
        else:
            self.connections[message[1]].append(message[2])

    def fault_within(self, camera, since, until):
        """The last fault that was at work between the two times."""
        return next((fault for fault in reversed(self.faults[camera]) if fault[0] <= until and fault[1] >= since), None)

    def is_touched(self, camera, time):
        if self.fault_within(camera, time - GRACE, time):
            return True
        connections = self.connections[camera]
        index = bisect.bisect_right(connections, time)
        return index > 0 and connections[index - 1] >= time - GRACE

    def is_well(self, camera, now):
        return self.fault_within(camera, now - RETURN, now) is None


def slope_an_hour(points):
    """Least squares of (seconds, value)."""
    if len(points) < 3:
        return 0.0
    mean_x = statistics.fmean(x for x, _ in points)
    mean_y = statistics.fmean(y for _, y in points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return 3_600 * sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def growth(samples, name):
    """How far the median of the last quarter is above that of the first, of what came after the warm-up."""
    values = [sample[name] for sample in samples]
    quarter = len(values) // 4
    return statistics.median(values[-quarter:]) - statistics.median(values[:quarter]) if quarter else 0


class Verdict:
    def __init__(self, began, cameras, plan, warm_up=WARM_UP):
        self.began = began
        self.cameras = cameras
        self.plan = plan
        self.warm_up = warm_up
        self.samples = []
        self.broken = []
        self.ends = []
        self.counts = collections.Counter()
        self.lost = collections.Counter()
        self.stuck = set()
        self.looks = {}
        self.last_bytes = {}

    def camera_of(self, viewer):
        return self.plan[viewer][0]

    def is_slow(self, viewer):
        return self.plan[viewer][2]

    def breaks(self, rule, time):
        self.broken.append(f"{(time - self.began) / 60:6.1f} min  {rule}")

    def connected(self, camera, time):
        """The gateway came back to a camera: it must have had a reason."""
        if time > self.began and not self.cameras.fault_within(camera, time - RETURN, time):
            self.breaks(f"the gateway left camera {camera}, which was well", time)

    def viewer_message(self, message):
        kind, viewer = message[0], message[1]
        if kind in ("end", "refused"):
            reason, time = message[2], message[3]
            camera = self.camera_of(viewer)
            fault = self.cameras.fault_within(camera, time - GRACE, time)
            self.counts[kind] += 1
            text = f"viewer {viewer} of camera {camera}: {reason}; last fault {fault[2] if fault else 'none'}"
            if kind == "end":
                self.ends.append((time, text))
            if kind == "end" and self.is_slow(viewer):
                self.counts["slow ends"] += 1
            elif kind == "end" and not fault:
                self.breaks(f"dropped: {text}", time)
            elif kind == "refused" and self.cameras.is_well(camera, time):
                self.breaks(f"refused: {text}", time)
        elif kind in ("gap", "back"):
            amount, time = message[2], message[3]
            self.counts[kind] += 1
            self.lost[kind] += amount
            if kind == "gap" and self.is_slow(viewer):
                self.counts["slow gaps"] += 1
            elif kind == "back" or not self.cameras.is_touched(self.camera_of(viewer), time):
                what = "packets are missing" if kind == "gap" else "ticks ran backwards"
                self.breaks(f"viewer {viewer} of camera {self.camera_of(viewer)}: {amount} {what}", time)
        elif kind == "resumed":
            self.counts["resumed"] += 1

    def progress(self, figures, now):
        """A viewer whose camera is well again must get pictures."""
        for viewer, (_, last_byte) in figures.items():
            self.last_bytes[viewer] = last_byte
            stuck = now - last_byte > 15 and self.cameras.is_well(self.camera_of(viewer), now) and not self.is_slow(viewer)
            if stuck and viewer not in self.stuck:
                self.breaks(f"stuck: viewer {viewer} of camera {self.camera_of(viewer)} got nothing for {now - last_byte:.0f} s", now)
            (self.stuck.add if stuck else self.stuck.discard)(viewer)

    def feeds(self, states, now):
        """`states`: of each camera's feed. A fault may be at work before its message is read: two looks in a row decide."""
        for camera, state in states.items():
            if now - self.began <= RETURN or state == "live" or not self.cameras.is_well(camera, now):
                self.looks.pop(camera, None)
                continue
            self.looks[camera] = self.looks.get(camera, 0) + 1
            if self.looks[camera] == 2:
                self.breaks(f"stuck: the feed of camera {camera} is {state}", now)

    def sample(self, figures):
        self.samples.append(figures)

    def warm(self):
        return [sample for sample in self.samples if sample["time"] - self.began >= self.warm_up]

    def conclude(self):
        warm = self.warm()
        end = self.samples[-1]["time"] if self.samples else self.began
        memory = slope_an_hour([(sample["time"], sample["pss"]) for sample in warm])
        if len(warm) > 30 and memory > MOST_GROWTH_MIB_AN_HOUR:
            self.breaks(f"memory grows by {memory:.1f} MiB an hour", end)
        for name, most in (("descriptors", MOST_MORE_DESCRIPTORS), ("threads", MOST_MORE_THREADS)):
            if growth(warm, name) > most:
                self.breaks(f"{growth(warm, name):.0f} more {name} at the end than after the warm-up", end)
        return not self.broken

    def report(self):
        warm = self.warm() or self.samples

        def span(name, unit=""):
            values = [sample[name] for sample in warm]
            return f"{min(values):.1f} … {statistics.median(values):.1f} … {max(values):.1f}{unit}" if values else "none"

        faults = [fault for each in self.cameras.faults.values() for fault in each]
        lines = [
            f"duration     {(self.samples[-1]['time'] - self.began) / 60:.1f} min, figures after {self.warm_up / 60:.0f} min (least … median … most)"
            if self.samples else "no samples",
            f"faults       {len(faults)}: {dict(collections.Counter(fault[2] for fault in faults).most_common())}",
            f"connections  {sum(len(each) for each in self.cameras.connections.values())} of the gateway to cameras",
            f"memory PSS   {span('pss', ' MiB')}; slope {slope_an_hour([(s['time'], s['pss']) for s in warm]):+.2f} MiB/h",
            f"descriptors  {span('descriptors')}; growth {growth(warm, 'descriptors'):+.0f}",
            f"threads      {span('threads')}; growth {growth(warm, 'threads'):+.0f}",
            f"CPU          {span('cpu')} cores",
            f"feeds live   {span('live')}",
            f"viewers      {len(self.plan)}; connected {span('viewers')}; ends {self.counts['end']} ({self.counts['slow ends']} of slow ones)",
            f"continuity   {self.counts['gap']} gaps, {self.lost['gap']} packets ({self.counts['slow gaps']} gaps of slow viewers); "
            f"time backwards {self.counts['back']}; pauses over 3 s {self.counts['resumed']}",
        ]
        lines += [f"ended        {(time - self.began) / 60:6.1f} min  {text}" for time, text in self.ends[:20]]
        lines += [f"BROKEN       {each}" for each in self.broken[:60]]
        if len(self.broken) > 60:
            lines.append(f"BROKEN       … and {len(self.broken) - 60} more")
        lines.append("verdict      " + ("every rule kept" if not self.broken else f"{len(self.broken)} rules broken"))
        return "\n".join(lines)
