"""Low-Latency HLS with players that were not written here, and what the gateway does around it."""
import http.client
import re
import subprocess
import time
import urllib.parse

import pytest
from gateway import APIError, wait_until
from test_players import run


def active(operator, demo):
    return [link for link in operator.items(f"incidents/{demo.incident}/links") if not link["endedAt"]]


def address(operator, demo, link=None, stream="sub"):
    link = link or active(operator, demo)[0]
    return operator.post(f"incidents/{demo.incident}/links/{link['id']}/tickets", {"purpose": "incident", "stream": stream})["hls"]


class View:
    """One view by HLS: one connection, addresses relative to the playlist's."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.netloc, timeout=20)
        status, headers, _ = self._get(f"{parts.path}?{parts.query}")
        assert status == 302, status
        self.path = urllib.parse.urljoin(parts.path, headers["Location"])

    def _get(self, path):
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def get(self, name):
        return self._get(urllib.parse.urljoin(self.path, name))

    def playlist(self, **directives):
        query = "&".join(f"_HLS_{name}={value}" for name, value in directives.items())
        status, headers, body = self.get("live.m3u8" + (f"?{query}" if query else ""))
        assert status == 200, (status, body)
        assert headers["Content-Type"] == "application/vnd.apple.mpegurl"
        assert headers["Cache-Control"] == "no-store"
        return body.decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


def last(playlist):
    """Sequence number of the segment under way, and how many parts it has."""
    sequence = int(re.search(r"#EXT-X-MEDIA-SEQUENCE:(\d+)", playlist)[1]) + playlist.count("#EXTINF")
    return sequence, playlist.rsplit("#EXTINF", 1)[1].count("#EXT-X-PART:")


def test_ffmpeg_plays(demo, operator):
    result = run(["ffmpeg", "-v", "warning", "-i", address(operator, demo), "-t", "6", "-f", "framehash", "-"])
    assert result.returncode == 0, result.stdout[-2000:]
    pictures = [line for line in result.stdout.splitlines() if line.startswith("0,")]
    assert len(pictures) >= 60, result.stdout[-2000:]
    assert not any(word in result.stdout for word in ("rror", "corrupt", "missing", "discont")), result.stdout[-2000:]


def test_gstreamer_plays_60_pictures(demo, operator):
    # flags: video alone. playbin3 takes hlsdemux2, GStreamer's present demuxer.
    result = run([
        "gst-launch-1.0", "playbin3", f"uri={address(operator, demo)}", "flags=1", "video-sink=fakesink num-buffers=60 sync=true"])
    assert result.returncode == 0, result.stdout[-2000:]
    assert "ERROR" not in result.stdout and "Got EOS" in result.stdout, result.stdout[-2000:]


def test_a_held_back_answer_comes_with_its_part_and_the_hinted_part_is_that_one(demo, operator):
    with View(address(operator, demo)) as view:
        playlist = view.playlist()
        part_target = float(re.search(r"PART-TARGET=([\d.]+)", playlist)[1])
        for _ in range(8):
            sequence, parts = last(playlist)
            hint = re.search(r'PRELOAD-HINT:TYPE=PART,URI="([^"]+)"', playlist)[1]
            began = time.monotonic()
            playlist = view.playlist(msn=sequence, part=parts)
            assert time.monotonic() - began < 3 * part_target + 1
            assert last(playlist) > (sequence, parts) or last(playlist)[0] > sequence, playlist
            assert f'URI="{hint}"' in playlist
            status, headers, body = view.get(hint)
            assert status == 200 and headers["Content-Type"] == "video/mp4" and body[4:8] == b"moof"
        hint = re.search(r'PRELOAD-HINT:TYPE=PART,URI="([^"]+)"', playlist)[1]
        status, _, body = view.get(hint)
        assert status == 200 and body[4:8] == b"moof", "a part may be asked for before it exists"


def test_what_a_client_may_not_ask_for(demo, operator):
    with View(address(operator, demo)) as view:
        sequence, _ = last(view.playlist())
        assert view.get(f"live.m3u8?_HLS_msn={sequence + 9}")[0] == 400
        assert view.get("live.m3u8?_HLS_part=1")[0] == 400
        assert view.get("segment999999.m4s")[0] == 404
        assert view.get("../0123456789abcdef0123456789abcdef/live.m3u8")[0] == 404


def test_a_view_is_one_row_of_the_register_and_ends_with_its_link(demo, operator):
    auditor = demo.client("auditor")
    link = active(operator, demo)[-1]
    with View(address(operator, demo, link)) as view:
        segment = re.search(r"^segment\d+\.m4s$", view.playlist(), re.M)[0]
        assert len(view.get(segment)[2]) > 1000

        def rows(kind):
            return [row for row in auditor.get("views?limit=50")["items"]
                    if row["kind"] == kind and row.get("medium") in ("hls", None) and row["cameraPoint"]["id"] == link["cameraPoint"]["id"]]

        started = wait_until("the row", lambda: [row for row in rows("viewStarted") if row["medium"] == "hls"], 5)
        assert len(started) == 1, started
        operator.delete(f"incidents/{demo.incident}/links/{link['id']}")
        try:
            wait_until("the end", lambda: view.get("live.m3u8")[0] in (403, 404), 2)
            ended = wait_until("its row", lambda: [row for row in rows("viewEnded") if row["viewId"] == started[0]["viewId"]], 5)
            assert ended[0]["endReason"] == "evicted" and ended[0]["bytes"] > 1000, ended
        finally:
            operator.post(f"incidents/{demo.incident}/links", {
                "cameraPointId": link["cameraPoint"]["id"], "record": True, "ground": "dangerToLife", "reason": "测试后恢复"})


def test_without_a_ticket_there_is_nothing(demo, operator):
    url = address(operator, demo)
    for wrong in (url.split("?")[0], url[:-6] + ("aaaaaa" if not url.endswith("aaaaaa") else "bbbbbb")):
        result = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", wrong], capture_output=True, text=True, timeout=10, check=True)
        assert result.stdout == "401", wrong
    with pytest.raises(APIError):
        operator.get("/media/hls/unknown/live.m3u8")
