"""Cameras that redirect, not written here: at most three times, never with the old credentials, never to another scheme."""
import pytest
from gateway import wait_until
from test_foreign_camera import CANARY, ForeignCamera, register


@pytest.fixture
def cameras():
    opened = []

    def open_camera(*options):
        opened.append(ForeignCamera(*options))
        return opened[-1]

    yield open_camera
    for camera in opened:
        camera.close()


@pytest.fixture
def probe(demo, request):
    """Registers a camera by its URL and probes it once; the report."""
    administrator = demo.client("administrator")
    points = []

    def examine(url):
        points.append(register(administrator, url, sum(map(ord, request.node.name)) % 9_000 + 1 + len(points)))
        path = f"camera-points/{points[-1]['id']}/probes"

        def report():
            # The new point's address reaches the relay a moment after its import.
            found = administrator.post(path, {})
            return None if "no such stream" in (found.get("detail") or "") else found

        return wait_until("the probe", report, 30, 0.5)

    yield examine
    for point in points:
        administrator.delete(f"camera-points/{point['id']}")


def test_three_redirects_are_followed(cameras, probe):
    camera = cameras(*(f"--redirect=/{n}=rtsp://127.0.0.1:PORT/{n + 1 if n < 3 else 'camera'}" for n in (1, 2, 3)))
    report = probe(camera.url("/1"))
    assert report["outcome"] == "reachable", report
    assert (report["video"]["width"], report["video"]["height"]) == (320, 180)
    assert [path for path, _ in camera.described()][:4] == ["/1", "/2", "/3", "/camera"]


def test_a_fourth_is_not(cameras, probe):
    camera = cameras(*(f"--redirect=/{n}=rtsp://127.0.0.1:PORT/{n + 1 if n < 4 else 'camera'}" for n in (1, 2, 3, 4)))
    report = probe(camera.url("/1"))
    assert report["outcome"] == "redirected" and "more than 3 times" in report["detail"], report
    assert [path for path, _ in camera.described()] == ["/1", "/2", "/3", "/4"]


def test_a_circle_ends(cameras, probe):
    camera = cameras("--redirect=/a=rtsp://127.0.0.1:PORT/b", "--redirect=/b=rtsp://127.0.0.1:PORT/a")
    report = probe(camera.url("/a"))
    assert report["outcome"] == "redirected" and "circle" in report["detail"], report
    assert [path for path, _ in camera.described()] == ["/a", "/b"]


@pytest.mark.parametrize("target", ["http://127.0.0.1:PORT/camera", "rtsps://127.0.0.1:PORT/camera", "file:///etc/passwd"])
def test_no_other_scheme(cameras, probe, target):
    camera = cameras(f"--redirect=/a={target}")
    report = probe(camera.url("/a"))
    assert report["outcome"] == "redirected" and "no rtsp:// address" in report["detail"], report
    assert [path for path, _ in camera.described()] == ["/a"]


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_the_credentials_stay_with_the_camera_that_they_are_for(cameras, probe, scheme):
    stranger = cameras()
    camera = cameras(
        "--auth", scheme, "--user", "admin", "--password", CANARY, f"--redirect=/a=rtsp://127.0.0.1:{stranger.port}/camera")
    report = probe(camera.url("/a", f"admin:{CANARY}@"))
    assert report["outcome"] == "reachable", report
    assert ("/a", "authorized") in camera.described()
    assert stranger.described() == [("/camera", "plain")]


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_not_even_for_the_asking(cameras, probe, scheme):
    """What stands behind the redirect knows the same password, and challenges for it."""
    protection = ["--auth", scheme, "--user", "admin", "--password", CANARY]
    stranger = cameras(*protection)
    camera = cameras(*protection, f"--redirect=/a=rtsp://127.0.0.1:{stranger.port}/camera")
    report = probe(camera.url("/a", f"admin:{CANARY}@"))
    assert report["outcome"] == "unauthorized" and "redirects to demands credentials" in report["detail"], report
    assert ("/a", "authorized") in camera.described()
    assert ("/camera", "authorized") not in stranger.described()
