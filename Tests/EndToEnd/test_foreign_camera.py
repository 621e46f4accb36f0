"""A camera that was not written here, registered from a CSV row, probed, linked and watched; its password appears nowhere."""
import csv
import io
import pathlib
import subprocess
import threading
import urllib.parse

import pytest
from gateway import ROOT, wait_until
from test_incident import SPOT

CANARY = "Kanarienvogel7788"


class ForeignCamera:
    """GStreamer's RTSP server, with the options of Tests/Foreign/gst_camera.py."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            ["/usr/bin/python3", str(ROOT / "Tests" / "Foreign" / "gst_camera.py"), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])
        self.lines = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def url(self, path="/camera", credentials=""):
        return f"rtsp://{credentials}127.0.0.1:{self.port}{path}"

    def described(self):
        """Each DESCRIBE that came: its path, and `plain` or `authorized`."""
        return [tuple(line.split()[1:]) for line in list(self.lines) if line.startswith("describe ")]

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


@pytest.fixture(params=[("h264", "digest"), ("h264", "basic"), ("h265", "none")], ids=lambda p: "-".join(p))
def camera(request):
    codec, auth = request.param
    foreign = ForeignCamera("--codec", codec, "--auth", auth, "--user", "admin", "--password", CANARY)
    yield {"url": foreign.url(credentials=f"admin:{CANARY}@" if auth != "none" else ""), "codec": codec, "auth": auth}
    foreign.close()


def register(administrator, url, number, fields=None):
    """One row of the direct inventory, like its first but for code, name, address and these fields."""
    rows = list(csv.DictReader((ROOT / "cameras" / "direct.csv").read_text(encoding="utf-8-sig").splitlines()))
    row = dict(rows[0])
    row["设备编码"] = row["设备编码"][:-6] + f"{990_000 + number}"
    row["点位名称"] = f"外来摄像机{number}号"
    row["OSD名称"] = ""
    row["MAC地址"] = ""
    row["备案编号"] = ""
    row["备案日期"] = ""
    for column in row:
        if column.startswith("子码流"):
            row[column] = ""
    row["主码流地址"] = url
    row |= fields or {}
    text = io.StringIO()
    writer = csv.DictWriter(text, row.keys())
    writer.writeheader()
    writer.writerow(row)
    report = administrator.json("POST", "camera-points/import?accessMethod=direct", text.getvalue().encode())
    assert report["accepted"] == 1 and not [f for f in report["faults"] if f.get("severity") == "error"], report
    found = administrator.items(f"camera-points?q={urllib.parse.quote(row['点位名称'])}")
    assert len(found) == 1
    return found[0]


def test_registered_probed_and_watched(demo, operator, camera, request):
    administrator = demo.client("administrator")
    number = sum(map(ord, request.node.name)) % 9_000 + 1
    point = register(administrator, camera["url"], number)
    try:
        report = wait_until("probe", lambda: reachable(administrator, point), 30, 1)
        assert report["video"]["codec"] == ("h264" if camera["codec"] == "h264" else "hevc")
        assert (report["video"]["width"], report["video"]["height"]) == (320, 180)
        incident = operator.post("incidents", {
            "title": "外来摄像机", "category": "traffic", "level": None, "location": SPOT, "address": "", "isDrill": False, "ground": None})
        link = operator.post(f"incidents/{incident['id']}/links", {
            "cameraPointId": point["id"], "record": False, "ground": "accident", "reason": "测试"})
        ticket = operator.post(f"incidents/{incident['id']}/links/{link['id']}/tickets", {"purpose": "incident", "stream": "main"})
        result = subprocess.run(
            ["ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-read_intervals", "%+2", "-count_frames", "-show_entries",
             "stream=width,nb_read_frames", "-of", "csv=p=0", ticket["rtsp"]], capture_output=True, text=True, timeout=40, check=False)
        width, frames = result.stdout.strip().split(",")[:2]
        assert width == "320" and int(frames) >= 20, result
        with operator.request("GET", ticket["live"]) as response:
            head = response.read(64)
            assert b"ftyp" in head
    finally:
        administrator.delete(f"camera-points/{point['id']}")


def reachable(administrator, point):
    report = administrator.post(f"camera-points/{point['id']}/probes", {})
    return report if report["outcome"] == "reachable" else None


def test_the_password_is_nowhere(demo, operator):
    """After a camera with a password was imported, probed and failed: no answer, log, process list or file holds it."""
    administrator = demo.client("administrator")
    point = register(administrator, f"rtsp://admin:{CANARY}@127.0.0.1:9/gone", 9_999)
    try:
        wait_until("a failed probe", lambda: administrator.post(
            f"camera-points/{point['id']}/probes", {})["outcome"] == "unreachable", 10, 0.5)
        for path in (f"camera-points/{point['id']}", f"camera-points/{point['id']}/probes", "camera-points?limit=1000", "feeds", "/metrics"):
            with administrator.request("GET", path) as response:
                assert CANARY.encode() not in response.read(), path
        with administrator.request("GET", "camera-points/export?accessMethod=direct") as response:
            assert CANARY.encode() not in response.read()
        assert CANARY not in demo.process.output
        for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = process.read_bytes()
            except OSError:
                continue
            assert b"gst_camera" in line or CANARY.encode() not in line, process
        files = [path for path in pathlib.Path(demo.folder).rglob("*") if path.is_file() and path.stat().st_size < 64 << 20]
        assert any(path.name == "lookout.sqlite" for path in files)
        for path in files:
            assert CANARY.encode() not in path.read_bytes(), path
    finally:
        administrator.delete(f"camera-points/{point['id']}")


