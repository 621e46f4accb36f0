#!/usr/bin/env python3
"""Measures the gateway under load, beside the least relay that could do the same, on this machine, now.

Absolute figures depend on the machine and drift with what else it does; the ratios to the floor of the same minutes are
what can be compared. `make bench` builds what is needed and runs this. README.md says what each scenario is.

    Benchmarks/bench.py --only A,C --runs 5 --seconds 15 --json result.json
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import sys
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "Scripts"), str(ROOT / "Tests" / "EndToEnd")]


class Row:
    """A line of the table. `met`: `None` where there is no target or the runs do not count."""

    def __init__(self, key, what, unit="", floor=None, gateway=None, ratio=None, target="", met=None, notes=""):
        self.key, self.what, self.unit, self.floor, self.gateway = key, what, unit, floor, gateway
        self.ratio, self.target, self.met, self.notes = ratio, target, met, notes

    @property
    def cells(self):
        def figure(value):
            return "" if value is None else f"{value:.4f}" if 0 <= value < 0.1 else f"{value:.3f}" if value < 10 else f"{value:.1f}"
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return [self.key, self.what, self.unit, figure(self.floor), figure(self.gateway), ratio, self.target, verdict, self.notes]


HEADINGS = ["", "scenario", "unit", "floor", "gateway", "ratio", "target", "", "notes"]


class Bench:
    def __init__(self, options, scenarios):
        self.options, self.scenarios = options, scenarios
        self.rows = []
        self.raw = {}
        Scenario = scenarios.Scenario
        self.definitions = {
            "A": Scenario(1, 4_000, 200),
            "B": Scenario(100, 2_000, 100),
            "C": Scenario(158, 2_000, 0),
            "D": Scenario(50, 2_000, 200),
            "E": Scenario(50, 2_000, 50, spacing=150, has_floor=False),
            "G": Scenario(1, 4_000, 100, medium="live"),
            "H": Scenario(158, 2_000, 632, spacing=6),
        }

    def say(self, text):
        print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)

    def measured(self, key):
        """(floor's runs, gateway's runs), interleaved; measured once, however many rows ask."""
        if key not in self.raw:
            scenario, sides = self.definitions[key], ([], [])
            for run in range(self.options.runs):
                for side, runs in zip(("floor", "gateway"), sides):
                    if side == "floor" and not scenario.has_floor:
                        continue
                    self.say(f"{key} {side}, run {run + 1} of {self.options.runs}")
                    runs.append(getattr(scenario, side)(self.options.seconds))
            self.raw[key] = sides
        return self.raw[key]

    def add(self, *arguments, runs=(), **options):
        """A row; runs that do not count take its verdict away and say why."""
        row = Row(*arguments, **options)
        faults = sorted({run.fault for run in runs if run.fault})
        if faults:
            row.met, row.notes = None, f"DOES NOT COUNT: {'; '.join(faults)}"
        self.rows.append(row)

    def cost(self, key, what, attribute, unit, limit, memory_target=None, is_pictured=True):
        median = self.scenarios.median
        floors, gateways = self.measured(key)
        floor, gateway = median(floors, attribute), median(gateways, attribute)
        ratio = gateway / floor
        notes = ""
        if is_pictured:
            notes = (f"latency p50 {median(gateways, 'latency_p50'):.2f} p99 {median(gateways, 'latency_p99'):.2f} ms "
                     f"(floor {median(floors, 'latency_p50'):.2f} / {median(floors, 'latency_p99'):.2f}); "
                     f"{median(gateways, 'mbps'):.0f} Mbit/s; {median(gateways, 'mib'):.0f} MiB")
        self.add(key, what, unit, floor, gateway, ratio, f"≤ {limit} × floor", ratio <= limit, notes, runs=floors + gateways)
        if memory_target:
            per_feed = median(gateways, "mib_per_feed")
            self.add(key, "  its memory", "MiB a feed", None, per_feed, None, f"≤ {memory_target}", per_feed <= memory_target,
                     f"{median(gateways, 'mib'):.0f} MiB, idle {median(gateways, 'idle_mib'):.0f}", runs=gateways)

    # One method a scenario, in the table's order.

    def a(self):
        self.cost("A", "1 camera 4 Mbit/s → 200 viewers", "cpu_per_gbit", "CPU-s/Gbit", 1.4)

    def b(self):
        self.cost("B", "100 cameras 2 Mbit/s → 100 viewers", "cores", "cores", 2.5, memory_target=0.4)

    def c(self):
        self.cost("C", "158 cameras 2 Mbit/s held warm", "cores", "cores", 3, memory_target=0.4, is_pictured=False)

    def d(self):
        self.cost("D", "50 cameras 2 Mbit/s → 200 viewers", "cores", "cores", 2.5)

    def e(self):
        median = self.scenarios.median
        _, gateways = self.measured("E")
        p50, p95 = median(gateways, "first_key_p50"), median(gateways, "first_key_p95")
        self.add("E", "first whole key picture, warm", "ms p50", None, p50, None, "≤ 0.7", p50 <= 0.7, runs=gateways)
        self.add("E", "  the same", "ms p95", None, p95, None, "≤ 3", p95 <= 3,
                 f"max {median(gateways, 'first_key_max'):.1f} ms", runs=gateways)

    def f(self):
        median = self.scenarios.median
        floors, gateways = self.measured("B")
        p50, p99 = median(gateways, "latency_p50"), median(gateways, "latency_p99")
        self.add("F", "latency in B", "ms p50", median(floors, "latency_p50"), p50, None, "≤ 0.144", p50 <= 0.144,
                 "go2rtc's 0.12 and a fifth, measured elsewhere", runs=gateways)
        self.add("F", "  the same", "ms p99", median(floors, "latency_p99"), p99, None, "≤ 1", p99 <= 1, runs=gateways)

    def g(self):
        self.cost("G", "1 camera 4 Mbit/s → 100 browsers (fMP4)", "cpu_per_gbit", "CPU-s/Gbit", 1.6)

    def h(self):
        self.cost("H", "158 cameras 2 Mbit/s → 632 viewers", "cores", "cores", 2.2)

    def i(self):
        runs = []
        for run in range(self.options.runs):
            self.say(f"I gateway, run {run + 1} of {self.options.runs}")
            runs.append(self.scenarios.console(self.options.seconds))
        self.raw["I"] = ([], runs)
        extra = self.scenarios.median(runs, "extra_cores")
        shown = self.scenarios.median(runs, "units_per_second")
        self.add("I", "one console with 16 cells", "cores", None, extra, None, "≤ 0.02", extra <= 0.02,
                 f"beyond ingest; {shown:.0f} pictures/s; latency p50 {self.scenarios.median(runs, 'latency_p50'):.2f} ms", runs=runs)

    def j(self):
        Scenario = self.scenarios.Scenario
        for what, make, counts in [
            ("A at so many viewers", lambda count: Scenario(1, 4_000, count, spacing=5), [50, 100, 200, 500, 1_000]),
            ("B at so many cameras", lambda count: Scenario(count, 2_000, count, spacing=8), [25, 50, 100, 200, 300]),
        ]:
            self.say(f"J {what}: {counts}")
            series = self.scenarios.growth(make, counts, min(self.options.seconds, 4))
            self.raw[f"J {what}"] = series
            worst = self.scenarios.worst_deviation(series)
            faults = [f"{count}: {fault}" for count, _, fault in series if fault]
            notes = "; ".join([", ".join(f"{count}: {cores:.3f}" for count, cores, _ in series) + " cores", *faults])
            self.add("J", what, "worst % off line", None, worst, None, "linear", None, notes)

    def k(self):
        self.say("K: 158 cameras probed")
        ours, foreign = self.scenarios.probing()
        self.raw["K"] = [vars(ours), vars(foreign)]
        counts = f"{ours.reached} reachable, ffprobe {foreign.reached}, of 158"
        complete = ours.reached == foreign.reached == 158
        for name, limit in (("cpu", 0.25), ("wall", 0.5)):
            mine, theirs = getattr(ours, name), getattr(foreign, name)
            self.add("K", "probing 158 cameras" if name == "cpu" else "  the same", f"{name} s", theirs, mine, mine / theirs,
                     f"≤ {limit} × ffprobe", mine / theirs <= limit if complete else None,
                     counts if name == "cpu" else "«floor» is ffprobe, 16 at a time")

    def run(self):
        for key in "ABCDEFGHIJK":
            if key not in self.options.only:
                continue
            try:
                getattr(self, key.lower())()
            except (Exception, SystemExit) as error:  # the others are measured all the same
                traceback.print_exc()
                self.rows.append(Row(key, "not measured", met=False, notes=f"{type(error).__name__}: {error}"[:200]))


def machine():
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cores": os.cpu_count(), "cpu": model, "kernel": platform.release(), "loadAtStart": list(os.getloadavg()),
            "at": datetime.datetime.now().astimezone().isoformat(timespec="seconds")}


def table(rows):
    lines = [HEADINGS] + [row.cells for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    texts = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    return "\n".join([texts[0], "-" * len(texts[0]), *texts[1:]])


def plain(value):
    if isinstance(value, (str, int, float, type(None))):
        return value
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return plain(vars(value))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=lambda text: set(text.upper().split(",")), default=set("ABCDEFGHIJK"),
                        help="scenarios, A to K, as A,C")
    parser.add_argument("--runs", type=int, default=3, help="of each side; medians are shown")
    parser.add_argument("--seconds", type=float, default=6, help="of each measuring window; whole groups of pictures are two each")
    parser.add_argument("--json", metavar="FILE", help="all figures of all runs as well")
    parser.add_argument("--binary", default=os.environ.get("LOOKOUT_BINARY", ".build/release/lookout"))
    options = parser.parse_args()
    unknown = options.only - set("ABCDEFGHIJK")
    if unknown or options.runs < 1 or options.seconds <= 0:
        parser.error(f"no scenario {','.join(sorted(unknown))}" if unknown else "--runs and --seconds are positive")
    return options


def main():
    options = arguments()
    os.environ["LOOKOUT_BINARY"] = options.binary
    import scenarios
    about = machine()
    print(f"{about['cores']} cores, {about['cpu']}, Linux {about['kernel']}, load {about['loadAtStart'][0]:.2f}, {about['at']}; "
          f"medians of {options.runs} runs of {options.seconds:g} s", flush=True)
    if about["loadAtStart"][0] > 0.3 * about["cores"]:
        print("the machine is busy with something else: these figures show that it works, not what it costs", flush=True)
    bench = Bench(options, scenarios)
    try:
        bench.run()
    finally:
        print(table(bench.rows))
        if options.json:
            result = {"machine": about, "rows": bench.rows, "runs": bench.raw}
            pathlib.Path(options.json).write_text(json.dumps(plain(result), ensure_ascii=False, indent=1) + "\n")
    return 1 if any(row.met is False for row in bench.rows) else 0


if __name__ == "__main__":
    sys.exit(main())
