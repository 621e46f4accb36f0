"""What bad input gets: cameras that lie, dawdle and die, clients that flood, and `kill -9`, against a daemon of its own."""
import concurrent.futures
import contextlib
import random
import re
import signal
import socket
import subprocess
import sys
import time

import pytest
from gateway import ROOT, APIError, Client, Process, free_port, wait_until
from scripted_camera import Clip, camera

sys.path.insert(0, str(ROOT / "Scripts"))
import load_points  # noqa: E402

CANARY = "Kanarienvogel7788"


class Daemon:
    """`lookout serve` on a folder of its own, with an administrator and an operator."""

    def __init__(self, folder):
        self.http_port, self.rtsp_port = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.http_port}"
        self.configuration = load_points.configuration(folder / "data", self.http_port, self.rtsp_port)
        self.administrator_name = None
        self.start()
        password = self.administrator.post("accounts", {"name": "op", "role": "operator", "unit": "测试"})["password"]
        self.operator_name = ("op", password)
        self.sign_in()

    def start(self):
        self.process = Process(["serve", "--config", str(self.configuration)])
        if self.administrator_name is None:
            self.administrator_name = re.search(r"administrator «(.+)», password (\S+)", self.process.next_line(20)).groups()
        self.administrator = Client(self.base)
        wait_until("sign-in", lambda: load_points.signed_in(self.administrator, *self.administrator_name))

    def sign_in(self):
        self.operator = Client(self.base).sign_in(*self.operator_name)

    def register(self, port, number):
        """Camera points at the ports given; the points in that order."""
        rows = load_points.inventory(f"rtsp://admin:{CANARY}@127.0.0.1:{port}/cam", number).decode().splitlines()
        report = self.administrator.json("POST", "camera-points/import?accessMethod=direct", "\r\n".join([rows[0], rows[-1], ""]).encode())
        assert report["accepted"] == 1, report
        return next(point for point in self.operator.items("camera-points?limit=200") if point["gbCode"] == rows[-1].split(",")[0])

    def incident(self, point):
        return self.operator.post("incidents", {
            "title": "坏输入", "category": "accident", "level": "IV", "location": point["location"], "address": "", "isDrill": False})["id"]

    def link(self, incident, point):
        return self.operator.post(f"incidents/{incident}/links", {
            "cameraPointId": point["id"], "record": True, "ground": "accident", "reason": "测试"})["id"]

    def ticket(self, incident, link):
        return self.operator.post(f"incidents/{incident}/links/{link}/tickets", {"purpose": "incident", "stream": "main"})

    def memory(self):
        """Resident MiB."""
        with open(f"/proc/{self.process.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


@pytest.fixture
def daemon(tmp_path):
    running = Daemon(tmp_path)
    yield running
    if running.process.process.poll() is None:
        running.process.stop()


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    return {name: Clip(folder, *form) for name, form in
            {"small": ("h264", "320x180"), "large": ("h264", "640x360"), "h265": ("h265", "320x180")}.items()}


def silent(dialogue, number):
    time.sleep(60)


def a_byte_a_second(dialogue, number):
    dialogue.request()
    for byte in b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n" * 9:
        dialogue.send(bytes([byte]))
        time.sleep(1)


def endless_header(dialogue, number):
    dialogue.request()
    dialogue.send(b"RTSP/1.0 200 OK\r\nX: ")
    while True:
        dialogue.send(b"x" * 65_536)


def endless_body(dialogue, number):
    _, headers = dialogue.request()
    dialogue.reply(headers, extra="Public: DESCRIBE\r\n")
    _, headers = dialogue.request()
    dialogue.reply(headers, extra="Content-Type: application/sdp\r\nContent-Length: 9223372036854775807\r\n")
    while True:
        dialogue.send(b"v=0\r\n" * 10_000)


def continues_for_ever(dialogue, number):
    _, headers = dialogue.request()
    while True:
        dialogue.reply(headers, "100 Continue")
        time.sleep(0.05)


def redirects_to_http(dialogue, number):
    while True:
        _, headers = dialogue.request()
        dialogue.reply(headers, "302 Found", "Location: http://127.0.0.1:1/\r\n")


def tells_the_password(dialogue, number):
    """Demands Basic, then repeats what it was given in status, header and body."""
    import base64

    while True:
        _, headers = dialogue.request()
        given = headers.get("authorization")
        if given:
            secret = base64.b64decode(given.split()[1]).decode()
            dialogue.reply(headers, f"404 nothing for {secret}", f"X: {secret} {given}\r\n", secret)
        else:
            dialogue.reply(headers, "401 Unauthorized", 'WWW-Authenticate: Basic realm="x"\r\n')


def garbage(dialogue, number):
    dialogue.request()
    while True:
        dialogue.send(random.randbytes(8_192))
        time.sleep(0.01)


def test_hostile_cameras_get_a_deadline_and_harm_nobody(daemon, clips):
    def good(dialogue, number):
        dialogue.until_play(clips["small"].description)
        dialogue.play(clips["small"])

    def lies_about_its_codec(dialogue, number):
        dialogue.until_play(clips["small"].description)
        dialogue.play(clips["h265"])

    expected = {
        silent: "timeout", a_byte_a_second: "timeout", endless_header: "protocolError", endless_body: "protocolError",
        continues_for_ever: "timeout", redirects_to_http: "redirected", tells_the_password: "notFound", garbage: "protocolError",
        lies_about_its_codec: "timeout",
    }
    with contextlib.ExitStack() as stack:
        point = daemon.register(stack.enter_context(camera(good)), 1)
        incident = daemon.incident(point)
        link = daemon.link(incident, point)
        hostile = {script: daemon.register(stack.enter_context(camera(script)), number + 2) for number, script in enumerate(expected)}
        for other in hostile.values():
            daemon.link(incident, other)
        wait_until("the good one flows", lambda: any(feed["state"] == "live" for feed in daemon.operator.items("feeds")))
        before = daemon.memory()
        with concurrent.futures.ThreadPoolExecutor(len(hostile) + 1) as pool:
            viewer = pool.submit(
                subprocess.run, ["ffmpeg", "-v", "warning", "-rtsp_transport", "tcp", "-i", daemon.ticket(incident, link)["rtsp"], "-t", "8",
                                 "-f", "null", "-"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
            probes = {script: pool.submit(daemon.administrator.post, f"camera-points/{other['id']}/probes", {})
                      for script, other in hostile.items()}
            outcomes = {script: probe.result(15)["outcome"] for script, probe in probes.items()}
            assert viewer.result(60).returncode == 0 and "missed" not in viewer.result().stdout, viewer.result().stdout
        assert outcomes == expected
        assert daemon.memory() - before < 60
        answers = [daemon.administrator.request("GET", path).read() for path in ("camera-points?limit=100", "feeds", "/metrics")]
        answers += [daemon.administrator.request("GET", f"camera-points/{hostile[tells_the_password]['id']}/probes").read()]
        assert not any(CANARY.encode() in answer for answer in answers)
    status, _ = daemon.process.stop()
    assert status == 0 and CANARY not in daemon.process.output


def test_a_camera_that_dies_and_comes_back_with_other_parameters(daemon, clips, tmp_path):
    """Viewers stay and see the new picture; recording goes on in a new run, and each run plays by itself."""
    def dies(dialogue, number):
        clip = clips["large" if number % 2 else "small"]
        dialogue.until_play(clip.description)
        dialogue.play(clip, 2.6)

    with camera(dies) as port:
        point = daemon.register(port, 1)
        incident = daemon.incident(point)
        link = daemon.link(incident, point)
        url = daemon.ticket(incident, link)["rtsp"]
        seen = subprocess.run(
            ["ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-read_intervals", "%+9", "-show_entries", "frame=width", "-of", "csv=p=0", url],
            capture_output=True, text=True, timeout=60, check=False).stdout.split()
        assert {width.strip(",") for width in seen} >= {"320", "640"}, seen
        ended = wait_until("three runs", lambda: [
            run for run in daemon.operator.get(f"incidents/{incident}/footage")["runs"] if run["state"] == "complete"][:3], 20, 0.5)
    widths = {width for run in ended for width in widths_of(daemon, incident, run, tmp_path)}
    assert widths == {"320", "640"} or len(ended) < 2
    assert all(len(widths_of(daemon, incident, run, tmp_path)) == 1 for run in ended)


def widths_of(daemon, incident, run, folder):
    """Widths of the pictures of a run, decoded without an error."""
    file = folder / f"{run['id']}.mp4"
    with daemon.operator.request("GET", f"incidents/{incident}/footage/{run['id']}.mp4") as response:
        file.write_bytes(response.read())
    result = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "frame=width", "-of", "csv=p=0", str(file)], capture_output=True, text=True, timeout=60,
        check=False)
    assert result.returncode == 0 and not result.stderr and result.stdout, result
    return {line.strip(",") for line in result.stdout.split()}


def test_a_client_that_reads_no_answer_is_cut_off(daemon):
    before = daemon.memory()
    with socket.create_connection(("127.0.0.1", daemon.rtsp_port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.settimeout(10)
        with pytest.raises(ConnectionError):
            for _ in range(5_000):
                client.sendall(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" * 1_000)
        assert daemon.memory() - before < 20


def test_killed_at_any_moment(daemon, clips, tmp_path):
    """Five times, while three feeds are recorded and links made and ended: nothing acknowledged is lost, every run plays."""
    def plays(clip):
        def script(dialogue, number):
            dialogue.until_play(clip.description)
            dialogue.play(clip)
        return script

    with contextlib.ExitStack() as stack:
        points = [daemon.register(stack.enter_context(camera(plays(clip))), number + 1) for number, clip in enumerate(clips.values())]
        incident = daemon.incident(points[0])
        kept = {daemon.link(incident, point) for point in points[:2]}
        made, ended, played = set(), set(), set()
        for _ in range(5):
            deadline = time.monotonic() + random.uniform(0.05, 2.5)
            killer = concurrent.futures.ThreadPoolExecutor(1).submit(kill_at, daemon.process.process, deadline)
            with contextlib.suppress(OSError, APIError):
                while True:
                    made.add(link := daemon.link(incident, points[2]))
                    daemon.operator.delete(f"incidents/{incident}/links/{link}")
                    ended.add(link)
            killer.result(10)
            daemon.start()
            daemon.sign_in()
            assert daemon.operator.get(f"incidents/{incident}/journal/verification")["valid"] is True
            links = {link["id"]: link for link in daemon.operator.items(f"incidents/{incident}/links")}
            assert kept | made <= links.keys()
            assert all(links[link]["endedAt"] for link in ended) and not any(links[link]["endedAt"] for link in kept)
            wait_until("kept links flow", lambda: kept <= {
                link["id"] for link in daemon.operator.items(f"incidents/{incident}/links") if (link["feed"] or {}).get("state") == "live"})
            for link in links.keys() - kept - ended:
                if not links[link]["endedAt"]:
                    daemon.operator.delete(f"incidents/{incident}/links/{link}")
            runs = daemon.operator.get(f"incidents/{incident}/footage")["runs"]
            cut = [run for run in runs if run["state"] == "complete" and run["linkId"] in kept and run["id"] not in played]
            for run in cut:
                played.add(run["id"])
                assert len(widths_of(daemon, incident, run, tmp_path)) == 1
        assert played


def kill_at(process, deadline):
    time.sleep(max(0, deadline - time.monotonic()))
    process.send_signal(signal.SIGKILL)
    process.wait()
