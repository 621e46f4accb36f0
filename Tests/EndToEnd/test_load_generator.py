"""The load generator of Benchmarks measures what it says: cameras, floor and viewers without a gateway between."""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Benchmarks"), str(ROOT / "Scripts")]

import load  # noqa: E402
import load_points  # noqa: E402
import pytest  # noqa: E402
import scenarios  # noqa: E402


def test_growth_is_measured_against_the_line_that_fits_best():
    assert scenarios.worst_deviation([(50, 1.5, None), (100, 2, None), (200, 3, None)]) == pytest.approx(0, abs=1e-9)
    assert scenarios.worst_deviation([(10, 10, None), (20, 26, None), (30, 30, None)]) == pytest.approx(18.2, abs=0.1)


def test_viewers_get_what_cameras_send_through_the_floor(tmp_path):
    with load.Source(2, kbps=1_000) as source, load.Floor(source, 2) as floor:
        report = load.play(floor.urls(4), tmp_path, seconds=2, warmup=2.2, watch={"floor": floor.pid})
    assert report["begun"] == 4 and report["failed"] == 0
    assert report["missingUnits"] == report["lostPackets"] == 0
    # 4 viewers, 25 pictures a second, 2 s: 200, and 1 Mbit/s each with what RTP adds.
    assert 150 <= report["units"] <= 250
    assert 3 < report["megabitsPerSecond"] < 5.2
    assert 0 < report["latencyMilliseconds"]["p50"] < 1_000
    # Without a cache the first key picture is waited for: at most the two seconds of a group.
    assert report["firstKeyMilliseconds"]["count"] == 4 and report["firstKeyMilliseconds"]["max"] < 3_500
    assert report["processes"]["floor"]["cpuSeconds"] > 0 and report["processes"]["floor"]["proportionalMiB"] > 0
    assert source.totals["skippedUnits"] == 0 and source.totals["units"] > 100


def test_a_viewer_that_is_refused_is_counted(tmp_path):
    with load.Source(1) as source:
        urls = [f"rtsp://127.0.0.1:{source.port}/cam/{number:04d}" for number in (1, 2)]
        report = load.play(urls, tmp_path, seconds=0.5, warmup=0.5, watch={})
    assert report["begun"] == 1 and report["failed"] == 1 and "404" in report["firstFailure"]


def test_a_foreign_decoder_decodes_every_picture():
    with load.Source(1, kbps=1_000) as source:
        found = subprocess.run(
            ["ffprobe", "-v", "warning", "-rtsp_transport", "tcp", "-read_intervals", "%+5", "-count_frames", "-show_entries",
             "stream=codec_name,width,height,nb_read_frames,nb_read_packets,has_b_frames", "-count_packets", "-of", "json",
             load_points.camera_url(source.url, 1)],
            capture_output=True, text=True, timeout=40, check=True)
    stream = json.loads(found.stdout)["streams"][0]
    assert (stream["codec_name"], stream["width"], stream["height"], stream["has_b_frames"]) == ("h264", 1280, 720, 0)
    assert int(stream["nb_read_frames"]) >= 70
    assert "error" not in found.stderr.lower(), found.stderr
