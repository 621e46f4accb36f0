"""The processes of a load test: cameras, floor, viewers; each is `lookout-load` with one role."""
import json
import os
import pathlib
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = str((ROOT / os.environ.get("LOOKOUT_LOAD", ".build/benchmarks/release/lookout-load")).resolve())
# Each camera has an address of its own, as real ones have: a gateway is careful with cameras that share one.
CAMERA = "rtsp://%h:{port}/cam/%04d"


class Child:
    """A role that runs until it is told to stop, or until this process is gone."""

    def __init__(self, *arguments, environment=None):
        self.process = subprocess.Popen(
            [PROGRAM, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})})
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"lookout-load {arguments[0]} did not start: exit {self.process.wait()}")
        self.ready = json.loads(line)
        self.totals = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        last, _ = self.process.communicate(timeout=15)
        self.totals = json.loads(last) if last.strip() else None

    @property
    def pid(self):
        return self.process.pid

    @property
    def port(self):
        return self.ready["port"]


class Source(Child):
    """Synthetic cameras; `url` is a template for gateways, floors and `camera_url`."""

    def __init__(self, cameras, kbps=2_000, fps=25, clips=(), environment=None):
        arguments = ["--cameras", cameras, "--kbps", kbps, "--fps", fps, "--own-hosts"]
        super().__init__("source", *arguments, *(part for clip in clips for part in ("--clip", clip)), environment=environment)
        self.url = CAMERA.format(port=self.port)


class Floor(Child):
    def __init__(self, source, cameras):
        super().__init__("floor", "--source", source.url, "--cameras", cameras)
        self.cameras = cameras

    def urls(self, viewers):
        return [f"rtsp://127.0.0.1:{self.port}/cam/{number % self.cameras + 1:04d}" for number in range(viewers)]


class Play:
    """Viewers that begin at once; `result` waits for what they measured."""

    def __init__(self, urls, folder, seconds, warmup, watch, spacing=10):
        file = pathlib.Path(folder) / "urls"
        file.write_text("".join(url + "\n" for url in urls))
        file.chmod(0o600)
        arguments = ["play", "--urls", file, "--seconds", seconds, "--warmup", warmup, "--spacing", spacing]
        for name, process in watch.items():
            arguments += ["--watch", f"{name}={process}"]
        self.limit = 60 + seconds + warmup + spacing * len(urls) / 1_000
        self.process = subprocess.Popen(
            [PROGRAM, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        # It stops when its input ends, which `communicate` would see to.
        self.input, self.process.stdin = self.process.stdin, None

    def result(self):
        try:
            output, _ = self.process.communicate(timeout=self.limit)
        except BaseException:
            self.process.kill()
            self.process.communicate()
            raise
        finally:
            self.input.close()
        if not output.strip():
            raise SystemExit(f"lookout-load play said nothing: exit {self.process.returncode}")
        return json.loads(output)


def play(*arguments, **options):
    return Play(*arguments, **options).result()
