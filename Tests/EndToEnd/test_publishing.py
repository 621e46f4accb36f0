"""A security company's relay pushes a stream: ffmpeg and GStreamer publish, people watch, the right to it ends."""
import csv
import io
import signal
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
from gateway import ROOT, APIError, wait_until
from test_incident import SPOT


def register(administrator, number):
    """One row of the companies' inventory whose main stream is pushed."""
    rows = list(csv.DictReader((ROOT / "cameras" / "security-company.csv").read_text(encoding="utf-8-sig").splitlines()))
    row = dict(rows[0])
    row["设备编码"] = row["设备编码"][:-6] + f"{980_000 + number}"
    row["点位名称"] = f"推流点位{number}号"
    for column in row:
        if column.startswith(("子码流", "备案")) or column in ("OSD名称", "MAC地址", "授权到期"):
            row[column] = ""
    row["主码流地址"] = "push://e2e-relay"
    text = io.StringIO()
    writer = csv.DictWriter(text, row.keys())
    writer.writeheader()
    writer.writerow(row)
    report = administrator.json("POST", "camera-points/import?accessMethod=securityCompany", text.getvalue().encode())
    assert report["accepted"] == 1 and not [f for f in report["faults"] if f.get("severity") == "error"], report
    found = administrator.items(f"camera-points?q={urllib.parse.quote(row['点位名称'])}")
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Eight seconds whose pictures all differ, and the hash of each decoded picture."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25", "-t", "8", "-c:v", "libx264", "-preset",
         "ultrafast", "-bf", "0", "-g", "25", "-pix_fmt", "yuv420p", str(path)], check=True, timeout=60)
    return path, hashes(["-i", str(path)])


def hashes(arguments):
    result = subprocess.run(
        ["ffmpeg", "-v", "error", *arguments, "-map", "0:v", "-vsync", "0", "-f", "framemd5", "-"], capture_output=True, text=True,
        timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    return [line.split(",")[-1].strip() for line in result.stdout.splitlines() if line and not line.startswith("#")]


class Publisher:
    def __init__(self, arguments):
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @classmethod
    def ffmpeg(cls, clip, url, transport="tcp"):
        return cls(["ffmpeg", "-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", str(clip), "-c", "copy", "-f", "rtsp",
                    "-rtsp_transport", transport, url])

    @classmethod
    def gstreamer(cls, clip, url, protocols="tcp"):
        return cls(["gst-launch-1.0", "filesrc", f"location={clip}", "!", "qtdemux", "!", "h264parse", "config-interval=-1", "!",
                    "identity", "sync=true", "!", "rtspclientsink", f"location={url}", f"protocols={protocols}"])

    def ended(self):
        return self.process.poll() is not None

    def kill(self):
        if not self.ended():
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


def state(operator, point):
    feed = next((feed for feed in operator.get("feeds")["items"] if feed["feed"] == f"{point['id']}/main"), None)
    return feed and feed["state"]


@pytest.fixture
def published(demo, operator, request):
    """A pushed point linked to an incident that records it, its company's ticket."""
    administrator = demo.client("administrator")
    company = demo.client("securityCompany")
    point = register(administrator, sum(map(ord, request.node.name)) % 9_000 + 1)
    own = [each["id"] for each in company.items("camera-points")]
    holder = company if point["id"] in own else administrator
    ticket = holder.post(f"camera-points/{point['id']}/publishing-tickets", {"days": 30, "note": "e2e"})
    incident = operator.post("incidents", {
        "title": "推流测试", "category": "traffic", "level": None, "location": SPOT, "address": "", "isDrill": False, "ground": None})
    link = operator.post(f"incidents/{incident['id']}/links", {
        "cameraPointId": point["id"], "record": True, "ground": "accident", "reason": "测试"})
    yield {"point": point, "ticket": ticket, "incident": incident, "link": link, "holder": holder, "administrator": administrator}
    operator.delete(f"incidents/{incident['id']}/links/{link['id']}")
    administrator.delete(f"camera-points/{point['id']}")


def test_published_watched_recorded_and_revoked(demo, operator, published, clip):
    point, ticket, holder = published["point"], published["ticket"], published["holder"]
    path, pictures = clip
    tickets = f"camera-points/{point['id']}/publishing-tickets"
    probe = operator.post(f"camera-points/{point['id']}/probes", {})
    assert probe["outcome"] == "unreachable" and "等待安防公司推送" in probe["detail"], probe

    publisher = Publisher.ffmpeg(path, ticket["rtsp"])
    try:
        wait_until("a live feed", lambda: state(operator, point) == "live", 15)
        view = operator.post(
            f"incidents/{published['incident']['id']}/links/{published['link']['id']}/tickets", {"purpose": "incident", "stream": "main"})
        seen = hashes(["-rtsp_transport", "tcp", "-i", view["rtsp"], "-t", "4"])
        assert len(seen) >= 80, len(seen)
        start = pictures.index(seen[0])
        around = pictures[start:] + pictures + pictures
        assert seen == around[:len(seen)], "a picture is not the one that was published"

        # Another is told that somebody publishes, and the first goes on.
        second = Publisher.ffmpeg(path, ticket["rtsp"])
        wait_until("the second's end", second.ended, 10)
        assert "455" in second.process.stdout.read()
        assert not publisher.ended() and state(operator, point) == "live"
        assert operator.post(f"camera-points/{point['id']}/probes", {})["outcome"] == "reachable"
        assert holder.get(tickets)["items"][0]["publishing"] is True

        # Killed without a farewell, and back.
        publisher.kill()
        wait_until("a feed without publisher", lambda: state(operator, point) != "live", 12)
        publisher = Publisher.ffmpeg(path, ticket["rtsp"])
        wait_until("its return", lambda: state(operator, point) == "live", 10)

        runs = wait_until("footage", lambda: operator.get(f"incidents/{published['incident']['id']}/footage")["runs"], 15)
        assert all(run["cameraPointId"] == point["id"] and run["bytes"] > 10_000 for run in runs), runs

        began = time.monotonic()
        holder.delete(f"{tickets}/{ticket['id']}")
        wait_until("the publisher's end", lambda: state(operator, point) != "live" or publisher.ended(), 5, 0.02)
        assert time.monotonic() - began < 1.0
        wait_until("the publisher's end", publisher.ended, 5)
        again = Publisher.ffmpeg(path, ticket["rtsp"])
        wait_until("its refusal", again.ended, 10)
        assert "403" in again.process.stdout.read()
        assert holder.get(tickets)["items"][0]["state"] == "revoked"
        kinds = wait_until("the register", lambda: [
            record["kind"] for record in holder.get(f"camera-points/{point['id']}/publishing-records")["items"]
        ][::-1] if holder.get(f"camera-points/{point['id']}/publishing-records")["items"][0]["kind"] == "refused" else None, 5)
        assert kinds == ["issued", "began", "refused", "ended", "began", "revoked", "ended", "refused"], kinds
        # The secret is in no answer, log or file.
        assert ticket["ticket"] not in demo.process.output
        with holder.request("GET", tickets) as response:
            assert ticket["ticket"].encode() not in response.read()
    finally:
        publisher.kill()


def test_gstreamer_publishes(operator, published, clip):
    path, pictures = clip
    publisher = Publisher.gstreamer(path, published["ticket"]["rtsp"])
    try:
        wait_until("a live feed", lambda: state(operator, published["point"]) == "live", 15)
        view = operator.post(
            f"incidents/{published['incident']['id']}/links/{published['link']['id']}/tickets", {"purpose": "incident", "stream": "main"})
        seen = hashes(["-rtsp_transport", "tcp", "-i", view["rtsp"], "-t", "2"])
        assert len(seen) >= 40 and seen == pictures[pictures.index(seen[0]):][:len(seen)]
    finally:
        publisher.kill()


def test_a_wrong_ticket_publishes_nothing(demo, published, clip):
    path, _ = clip
    url = published["ticket"]["rtsp"]
    for wrong in (url[:-1] + ("A" if url[-1] != "A" else "B"), url.split("?")[0], url.split("?")[0] + "?ticket="):
        publisher = Publisher.ffmpeg(path, wrong)
        wait_until("its refusal", publisher.ended, 10)
        assert "401" in publisher.process.stdout.read()
    records = wait_until("the record", lambda: [
        record for record in demo.client("auditor").get("publishing-records")["items"]
        if record["kind"] == "refused" and record["reason"] == "publishingTicketInvalid"], 10)
    assert records[0]["ticketId"] is None and records[0]["peer"].startswith("127.0.0.1")


def test_only_a_companys_point_is_pushed(demo):
    administrator = demo.client("administrator")
    point = next(point for point in administrator.items("camera-points") if point["accessMethod"] == "direct")
    with pytest.raises(APIError) as refused:
        administrator.post(f"camera-points/{point['id']}/publishing-tickets", {})
    assert refused.value.status == 409 and refused.value.reason == "notPushed"
