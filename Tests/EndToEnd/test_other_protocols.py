"""Cameras that are not RTSP, served by nginx: RTMP and HLS, from the CSV row to the browser's stream."""
import contextlib
import os
import subprocess

import pytest
from gateway import free_port, wait_until
from test_foreign_camera import reachable, register
from test_incident import SPOT

CONFIGURATION = """
{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
events {{ worker_connections 64; }}
rtmp {{ server {{ listen 127.0.0.1:{rtmp}; application live {{
  live on; hls on; hls_path {folder}/hls; hls_fragment 1s; hls_playlist_length 8s;
}} }} }}
http {{ access_log off; server {{ listen 127.0.0.1:{http}; root {folder}; types {{ application/vnd.apple.mpegurl m3u8; video/mp2t ts; }} }} }}
"""


class StreamingServer:
    """nginx, and a camera that publishes to it: a test picture of 320 by 240, 15 pictures a second, a key picture each."""

    def __init__(self, folder):
        (folder / "hls").mkdir()
        self.rtmp, self.http = free_port(), free_port()
        (folder / "nginx.conf").write_text(CONFIGURATION.format(
            user="user root;" if os.geteuid() == 0 else "", folder=folder, rtmp=self.rtmp, http=self.http))
        self.server = subprocess.Popen(
            ["/usr/sbin/nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
        wait_until("nginx", lambda: (folder / "nginx.pid").exists(), 10)
        self.camera = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=15", "-c:v", "libx264", "-preset", "ultrafast",
             "-tune", "zerolatency", "-g", "15", "-pix_fmt", "yuv420p", "-f", "flv", f"rtmp://127.0.0.1:{self.rtmp}/live/1"],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        playlist = folder / "hls" / "1.m3u8"
        wait_until("segments", lambda: playlist.exists() and playlist.read_text().count("#EXTINF") >= 3, 20)

    def address(self, protocol):
        return {"rtmp": f"rtmp://127.0.0.1:{self.rtmp}/live/1", "hls": f"http://127.0.0.1:{self.http}/hls/1.m3u8"}[protocol]

    def close(self):
        for process in (self.camera, self.server):
            process.terminate()
        for process in (self.camera, self.server):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)


@pytest.fixture
def server(tmp_path):
    running = StreamingServer(tmp_path)
    yield running
    running.close()


@pytest.mark.parametrize("protocol", ["rtmp", "hls"])
def test_registered_probed_and_watched(demo, operator, server, protocol):
    administrator = demo.client("administrator")
    point = register(administrator, server.address(protocol), 8_300 + len(protocol))
    try:
        report = wait_until("probe", lambda: reachable(administrator, point), 40, 1)
        assert (report["video"]["codec"], report["video"]["width"], report["video"]["height"]) == ("h264", 320, 240)
        incident = operator.post("incidents", {
            "title": "外来协议", "category": "traffic", "level": None, "location": SPOT, "address": "", "isDrill": False, "ground": None})
        link = operator.post(f"incidents/{incident['id']}/links", {
            "cameraPointId": point["id"], "record": False, "ground": "accident", "reason": "测试"})
        ticket = operator.post(f"incidents/{incident['id']}/links/{link['id']}/tickets", {"purpose": "incident", "stream": "main"})
        for address in (["-rtsp_transport", "tcp", ticket["rtsp"]], [ticket["live"]]):
            result = subprocess.run(
                ["ffprobe", "-v", "error", "-read_intervals", "%+3", "-count_frames", "-show_entries", "stream=width,nb_read_frames",
                 "-of", "csv=p=0", *address], capture_output=True, text=True, timeout=40, check=False)
            width, frames = result.stdout.strip().split(",")[:2]
            assert width == "320" and int(frames) >= 20, result
        feed = operator.get(f"feeds/{point['id']}/main")["feed"]
        assert feed["state"] == "live" and feed["codec"] == "h264" and feed["reconnects"] == 0, feed
        assert 10 <= feed["frameRate"] <= 20, feed
    finally:
        administrator.delete(f"camera-points/{point['id']}")
