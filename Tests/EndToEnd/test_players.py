"""Players that were not written here, on ticketed RTSP URLs."""
import json
import os
import pwd
import shutil
import subprocess

import pytest
from gateway import wait_until
from raw_player import RawPlayer


def ticketed(operator, demo, stream="main", codec=None):
    """An RTSP URL of a linked point, H.264 unless told otherwise."""
    links = [link for link in operator.items(f"incidents/{demo.incident}/links") if not link["endedAt"]]
    for link in links:
        codecs = [each.get("codec") for each in link["cameraPoint"]["streams"]]
        if codec is None or codec in codecs:
            ticket = operator.post(
                f"incidents/{demo.incident}/links/{link['id']}/tickets", {"purpose": "incident", "stream": stream})
            return ticket["rtsp"]
    pytest.fail(f"no linked point plays {codec}")


def run(arguments, seconds=40, **options):
    if not shutil.which(arguments[0]):
        pytest.fail(f"{arguments[0]} is missing; make setup-tests installs it")
    return subprocess.run(
        arguments, timeout=seconds, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
        errors="replace", **options)


def test_ffprobe_counts_pictures(demo, operator):
    url = ticketed(operator, demo)
    result = subprocess.run(
        ["ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-read_intervals", "%+3", "-count_frames", "-show_entries",
         "stream=codec_name,width,height,nb_read_frames", "-of", "json", url],
        capture_output=True, text=True, timeout=40, check=False)
    assert result.returncode == 0, result.stderr
    stream = json.loads(result.stdout)["streams"][0]
    assert (stream["width"], stream["height"]) == (640, 360)
    assert int(stream["nb_read_frames"]) >= 30
    assert "error" not in result.stderr.lower(), result.stderr


def test_ffmpeg_decodes_without_a_complaint(demo, operator):
    url = ticketed(operator, demo)
    result = run(["ffmpeg", "-v", "warning", "-rtsp_transport", "tcp", "-i", url, "-t", "4", "-f", "null", "-"])
    assert result.returncode == 0, result.stdout
    complaints = [line for line in result.stdout.splitlines() if any(word in line for word in ("missed", "corrupt", "error", "concealing"))]
    assert not complaints, complaints


def test_ffmpeg_decodes_over_udp_without_a_complaint(demo, operator):
    """The cached GOP comes paced: none of it is lost on the way into a socket of ordinary size."""
    url = ticketed(operator, demo)
    result = run(["ffmpeg", "-v", "warning", "-rtsp_transport", "udp", "-i", url, "-t", "4", "-f", "null", "-"])
    assert result.returncode == 0, result.stdout
    complaints = [line for line in result.stdout.splitlines() if any(word in line for word in ("missed", "corrupt", "error", "concealing"))]
    assert not complaints, complaints


def test_gstreamer_plays_60_pictures_over_udp(demo, operator):
    url = ticketed(operator, demo)
    result = run([
        "gst-launch-1.0", "-q", "rtspsrc", f"location={url}", "protocols=udp", "latency=50", "!", "decodebin", "!",
        "identity", "eos-after=60", "silent=false", "!", "fakesink"])
    assert result.returncode == 0, result.stdout[-2000:]
    assert "ERROR" not in result.stdout, result.stdout[-2000:]


def test_a_player_may_pause_and_go_on(demo, operator):
    with RawPlayer(ticketed(operator, demo)) as player:
        player.prepare()
        base = player.base
        assert player.ask("PLAY", base) == 200
        assert player.ask("PAUSE", base) == 200
        before = player.frames
        assert player.ask("GET_PARAMETER", base) == 200
        assert player.frames == before, "pictures came while paused"
        assert player.ask("PLAY", base) == 200
        assert player.ask("GET_PARAMETER", base) == 200
        assert player.frames > before, "nothing came after PLAY"


def test_gstreamer_plays_60_pictures(demo, operator):
    url = ticketed(operator, demo)
    result = run([
        "gst-launch-1.0", "-q", "rtspsrc", f"location={url}", "protocols=tcp", "latency=0", "!", "decodebin", "!",
        "identity", "eos-after=60", "silent=false", "!", "fakesink"])
    assert result.returncode == 0, result.stdout[-2000:]
    assert "ERROR" not in result.stdout, result.stdout[-2000:]


def test_vlc_plays(demo, operator, tmp_path):
    """Over RTSP where this VLC can: Debian's has been built without the live555 plugin since 2021. Over HTTP always."""
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    options = {"env": environment, "cwd": "/"}
    if os.geteuid() == 0:
        # VLC refuses to be root.
        nobody = pwd.getpwnam("nobody")
        for folder in (tmp_path, *tmp_path.parents[:2]):
            folder.chmod(0o777)
        options |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    modules = run(["cvlc", "--list"], **options).stdout
    link = next(link for link in operator.items(f"incidents/{demo.incident}/links") if not link["endedAt"])
    played = [("live", [])] + ([("rtsp", ["--rtsp-tcp"])] if "live555" in modules else [])
    for form, extra in played:
        ticket = operator.post(f"incidents/{demo.incident}/links/{link['id']}/tickets", {"purpose": "incident", "stream": "main"})
        pictures = tmp_path / form
        pictures.mkdir(mode=0o777)
        pictures.chmod(0o777)
        result = run(
            # Not --run-time: it counts from zero, and a feed's time does not begin there.
            ["timeout", "--signal=INT", "10", "cvlc", "-vv", *extra, "--no-audio", "--avcodec-hw=none", "--vout=dummy", "--video-filter=scene", "--scene-format=png",
             "--scene-ratio=15", f"--scene-path={pictures}", ticket[form]], 60,
            **options)
        files = sorted(pictures.glob("*.png"))
        assert len({file.read_bytes() for file in files}) >= 3, f"{form}: {len(files)} pictures\n{result.stdout[-3000:]}"


def test_a_stolen_url_is_of_no_use_after_its_minute_or_forged(demo, operator):
    url = ticketed(operator, demo)
    forged = url[:-6] + ("aaaaaa" if not url.endswith("aaaaaa") else "bbbbbb")
    result = run(["ffprobe", "-v", "error", "-rtsp_transport", "tcp", forged])
    assert result.returncode != 0
    bare = run(["ffprobe", "-v", "error", "-rtsp_transport", "tcp", url.split("?")[0]])
    assert bare.returncode != 0


def test_a_viewer_that_stops_reading_harms_nobody(demo, operator):
    """A player that never reads is cut or skipped; another on the same feed sees every picture."""
    with RawPlayer(ticketed(operator, demo), receive_buffer=4_096) as stuck:
        stuck.prepare()
        stuck.socket.sendall(f"PLAY {stuck.base}/ RTSP/1.0\r\nCSeq: 9\r\nSession: {stuck.session}\r\n\r\n".encode())
        result = run(["ffmpeg", "-v", "warning", "-rtsp_transport", "tcp", "-i", ticketed(operator, demo), "-t", "4", "-f", "null", "-"])
        assert result.returncode == 0
        assert "missed" not in result.stdout, result.stdout
    wait_until("gateway answers", lambda: operator.get("feeds")["items"])
