"""What `lookout demo` promises when it says that it is ready."""
import collections
import pathlib

from gateway import Client, wait_until

ROLES = {"administrator", "auditor", "operator", "callTaker", "commander", "leadDepartment", "securityCompany", "memberUnit"}


def test_ready_within_a_minute(demo):
    assert demo.seconds_to_ready < 60, f"{demo.seconds_to_ready:.1f} s"
    assert demo.ready["console"].startswith(f"http://127.0.0.1:{demo.http_port}")
    assert demo.ready["rtsp"].startswith(f"rtsp://127.0.0.1:{demo.rtsp_port}")


def test_one_account_per_role_with_its_own_password(demo):
    accounts = demo.ready["accounts"]
    assert {account["role"] for account in accounts} == ROLES
    assert len({account["password"] for account in accounts}) == len(accounts)
    assert all(len(account["password"]) >= 12 for account in accounts)
    for account in accounts:
        Client(demo.base).sign_in(account["name"], account["password"])


def test_158_points_by_access_method(demo, operator):
    points = operator.items("camera-points?limit=100")
    assert collections.Counter(point["accessMethod"] for point in points) == {
        "direct": 62, "indirect": 41, "collection": 19, "securityCompany": 36}


def test_every_live_point_was_probed_and_the_rows_keep_their_addresses(demo, operator):
    points = operator.items("camera-points?limit=100")
    live = [point for point in points if point["live"]]
    assert len(live) == 158 - 19
    outcomes = collections.Counter(point["lastProbe"]["outcome"] if point["lastProbe"] else None for point in live)
    assert outcomes == {"reachable": len(live)}, outcomes
    assert all(point["health"]["state"] == "online" for point in live)
    exported = demo.client("administrator").request("GET", "camera-points/export?accessMethod=direct").read().decode("utf-8-sig")
    assert "rtsp://198.51.100." in exported or "rtsp://203.0.113." in exported
    assert "127.0.0.1" not in exported


def test_the_incident_has_cameras_that_flow(demo, operator):
    links = wait_until("all links live", lambda: live_links(operator, demo.incident), 10)
    assert len(links) >= 4
    assert all(link["recording"]["state"] == "recording" for link in links if link["record"])


def live_links(client, incident):
    links = [link for link in client.items(f"incidents/{incident}/links") if not link["endedAt"]]
    return links if links and all(link["feed"] and link["feed"]["state"] == "live" for link in links) else None


def test_health_ready_and_metrics(demo):
    anyone = Client(demo.base)
    assert anyone.get("/healthz")["status"] == "ok"
    assert anyone.request("GET", "/readyz").status == 200
    assert b"# TYPE" in anyone.request("GET", "/metrics").read()


def test_the_daemon_decodes_nothing_itself(demo):
    """FFmpeg and what it brings are in the decoder's process, which is gone when there is nothing to decode."""
    daemon = demo.process.process.pid
    maps = pathlib.Path(f"/proc/{daemon}/maps").read_text()
    assert "libsqlite3" in maps
    assert not [library for library in ("libavcodec", "libavformat", "libswscale") if library in maps]

    def decoders():
        children = [child for task in pathlib.Path(f"/proc/{daemon}/task").glob("*/children") for child in task.read_text().split()]
        return [pid for pid in children if "decoder" in pathlib.Path(f"/proc/{pid}/comm").read_text()]

    wait_until("the decoder's end", lambda: not decoders(), 30)
