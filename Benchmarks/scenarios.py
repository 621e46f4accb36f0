"""What is measured: each scenario is run against the floor and against a gateway, one after the other."""
import concurrent.futures
import json
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

import load
import load_points

WARMUP = 2


def milliseconds(distribution, key):
    return distribution[key] if distribution else None


class Measured:
    """One run of one side."""

    def __init__(self, report, name, source=None, idle_mib=None, feeds=0):
        process = report["processes"][name]
        self.cores = process["cores"]
        gigabits = report["megabitsPerSecond"] * report["seconds"] / 1e3
        self.cpu_per_gbit = process["cpuSeconds"] / gigabits if gigabits else None
        self.mbps = report["megabitsPerSecond"]
        self.mib = process["proportionalMiB"]
        self.idle_mib = idle_mib
        self.mib_per_feed = (self.mib - idle_mib) / feeds if idle_mib is not None and feeds else None
        self.latency_p50 = milliseconds(report.get("latencyMilliseconds"), "p50")
        self.latency_p99 = milliseconds(report.get("latencyMilliseconds"), "p99")
        self.first_key_p50 = milliseconds(report.get("firstKeyMilliseconds"), "p50")
        self.first_key_p95 = milliseconds(report.get("firstKeyMilliseconds"), "p95")
        self.first_key_max = milliseconds(report.get("firstKeyMilliseconds"), "max")
        self.lost = report["missingUnits"] + report["lostPackets"]
        self.failed = report["failed"] + report["viewers"] - report["begun"]
        self.first_failure = report.get("firstFailure")
        self.source = source

    @property
    def fault(self):
        """Why the run does not count; `None` if it does."""
        if self.failed:
            return f"{self.failed} viewers failed: {self.first_failure}"
        if self.lost:
            return f"{self.lost} units or packets lost"
        return None


def median(runs, name):
    values = [getattr(run, name) for run in runs]
    return None if not values or None in values else statistics.median(values)


class GatewayRun:
    """A source and a gateway that holds its cameras warm, for the time of a `with`."""

    def __init__(self, cameras, kbps):
        self.cameras = cameras
        self.source = load.Source(cameras, kbps)
        self.gateway = load_points.LoadedGateway()

    def __enter__(self):
        self.source.__enter__()
        try:
            self.gateway.__enter__()
            self.gateway.add_points(self.source.url, self.cameras)
            self.folder = self.gateway.scratch.name
            self.idle_mib = self.play([], seconds=0.1, warmup=0)["processes"]["gateway"]["proportionalMiB"]
            self.gateway.link()
            self.gateway.wait_until_probed()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.gateway.__exit__()
        finally:
            self.source.__exit__()

    def play(self, urls, **options):
        return load.play(urls, folder=self.folder, watch={"gateway": self.gateway.pid}, **options)


class Scenario:
    """`cameras` of `kbps` to `viewers`, in all; a viewer plays RTSP, or fragmented MP4 over HTTP."""

    def __init__(self, cameras, kbps, viewers, spacing=10, medium="rtsp", has_floor=True):
        self.cameras, self.kbps, self.viewers = cameras, kbps, viewers
        self.spacing, self.medium, self.has_floor = spacing, medium, has_floor

    def floor(self, seconds):
        with load.Source(self.cameras, self.kbps) as source, load.Floor(source, self.cameras) as floor, \
                tempfile.TemporaryDirectory() as folder:
            report = load.play(floor.urls(self.viewers), folder=folder, seconds=seconds, warmup=WARMUP, spacing=self.spacing,
                               watch={"floor": floor.pid})
        return Measured(report, "floor", source.totals)

    def gateway(self, seconds):
        with GatewayRun(self.cameras, self.kbps) as run:
            field = "rtsp" if self.medium == "rtsp" else "live"
            urls = [ticket[field] for ticket in run.gateway.tickets(self.viewers)]
            report = run.play(urls, seconds=seconds, warmup=WARMUP, spacing=self.spacing)
        return Measured(report, "gateway", run.source.totals, run.idle_mib, self.cameras)


def console(seconds, cells=16):
    """Cores that one console with so many cells costs the gateway beyond what it costs to hold their cameras; units shown."""
    with GatewayRun(cells, 2_000) as run:
        before = run.play([], seconds=seconds, warmup=WARMUP)["processes"]["gateway"]["cores"]
        operator = run.gateway.operator
        made = operator.post("consoles", {})
        url = f"{run.gateway.base}{made['stream']} Authorization: Bearer {operator.token}"
        player = load.Play([url], folder=run.folder, watch={"gateway": run.gateway.pid}, seconds=seconds, warmup=WARMUP + 2)
        tickets = list(run.gateway.tickets(cells))
        shown = operator.put(f"consoles/{made['id']}/cells", {
            "cells": [{"cell": cell, "ticket": ticket["ticket"]} for cell, ticket in enumerate(tickets)]})
        faults = [cell["error"] for cell in shown["cells"] if cell.get("error")]
        if faults:
            raise SystemExit(f"cells show nothing: {faults[0]}")
        report = player.result()
        after = run.play([], seconds=seconds, warmup=WARMUP)["processes"]["gateway"]["cores"]
    measured = Measured(report, "gateway")
    measured.extra_cores = measured.cores - (before + after) / 2
    measured.units_per_second = report["units"] / report["seconds"]
    if measured.units_per_second < 0.95 * cells * 25:
        raise SystemExit(f"{cells} cells showed {measured.units_per_second:.0f} pictures a second")
    return measured


def growth(make, counts, seconds):
    """(count, cores, faults) of the gateway at each count."""
    series = []
    for count in counts:
        measured = make(count).gateway(seconds)
        series.append((count, measured.cores, measured.fault))
    return series


def worst_deviation(series):
    """The largest relative distance of a point from the straight line that fits best, in per cent; above it: positive."""
    counts, costs = [point[0] for point in series], [point[1] for point in series]
    slope, intercept = statistics.linear_regression(counts, costs)
    return max(((cost / (slope * count + intercept) - 1) * 100 for count, cost, _ in series), key=abs)


# Probing

def simulated_clips(folder, count=8):
    """Real pictures: the simulator draws and encodes so many street scenes."""
    scenes = [{"name": f"路口{number + 1}", "number": f"{number + 1:06d}", "scene": number} for number in range(count)]
    manifest = {"cameras": [{"url": f"/cam/{number + 1:04d}", "scene": scene, "clips": [], "codec": "h264", "framesPerSecond": 15}
                            for number, scene in enumerate(scenes)]}
    file = pathlib.Path(folder) / "cameras.json"
    file.write_text(json.dumps(manifest))
    program = pathlib.Path(load_points_binary()).with_name("lookout-simulator")
    simulator = subprocess.Popen([str(program), "--manifest", str(file), "--clips", str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        for line in simulator.stdout:
            if "playing" in json.loads(line):
                break
    finally:
        simulator.terminate()
        simulator.communicate()
    clips = sorted(str(path) for path in pathlib.Path(folder).glob("*.h264"))
    if len(clips) != count:
        raise SystemExit(f"the simulator left {len(clips)} clips, not {count}")
    return clips


def load_points_binary():
    import gateway
    return gateway.BINARY


class Cost:
    """Wall and CPU seconds of the children that are started and waited for within it, and of theirs."""

    def __enter__(self):
        self.began, self.before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        return self

    def __exit__(self, *_):
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.wall = time.monotonic() - self.began
        self.cpu = after.ru_utime + after.ru_stime - self.before.ru_utime - self.before.ru_stime


def probing(cameras=158, parallel=16):
    """(ours, ffprobe's): what it costs to probe every camera once, each decoded from a key picture on."""
    with tempfile.TemporaryDirectory() as folder:
        clips = simulated_clips(folder)
        with load.Source(cameras, fps=15, clips=clips) as source, load_points.LoadedGateway() as gateway:
            # The data folder stays; the command opens it once no gateway does.
            gateway.add_points(source.url, cameras)
            gateway.process.stop()
            command = [load_points_binary(), "cameras", "probe", "--json", "--data-dir", gateway.data]
            with Cost() as ours:
                output = subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout
            ours.reached = sum(row["outcome"] == "reachable" for row in json.loads(output))
            urls = [load_points.camera_url(source.url, number) for number in range(1, cameras + 1)]
            with Cost() as foreign, concurrent.futures.ThreadPoolExecutor(parallel) as pool:
                foreign.reached = sum(pool.map(ffprobe, urls))
    return ours, foreign


def ffprobe(url):
    command = ["ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-show_streams", "-of", "json", url]
    found = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return found.returncode == 0 and bool(json.loads(found.stdout).get("streams"))
