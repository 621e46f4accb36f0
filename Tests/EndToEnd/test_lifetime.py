"""Ends, crashes and second starts of a gateway, on a folder of its own."""
import json
import os
import pathlib
import shutil
import signal
import subprocess

import pytest
from gateway import BINARY, Demo, Process, free_port, wait_until


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lifetime") / "data"


def active_links(client, incident):
    return [link for link in client.items(f"incidents/{incident}/links") if not link["endedAt"]]


def recorded(client, incident, at_least=200_000):
    runs = client.get(f"incidents/{incident}/footage")["runs"]
    return runs if sum(run["bytes"] for run in runs) > at_least else None


def probe_file(path):
    result = subprocess.run(
        ["ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=codec_name,nb_read_packets", "-of", "json", str(path)],
        capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)["streams"][0]


def children(pid):
    return [int(child) for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]


def test_kill_restart_and_interrupt(demo, folder, tmp_path):
    first = Demo(folder, clips=f"{demo.folder}/clips")
    operator = first.client()
    points_before = {point["id"] for point in operator.items("camera-points?limit=100")}
    links_before = active_links(operator, first.incident)
    wait_until("something is recorded", lambda: recorded(operator, first.incident), 30, 0.5)

    # A second gateway on the same folder refuses and says who holds it.
    second = Process(["demo", "--json", "--port", str(free_port()), "--rtsp-port", str(free_port()), "--data-dir", str(folder)])
    assert second.process.wait(20) == 1
    second.stop()
    assert str(first.process.process.pid) in second.output, second.output

    # The crash: no warning, no clean-up; the simulator goes with its parent.
    simulators = children(first.process.process.pid)
    assert simulators
    first.process.process.send_signal(signal.SIGKILL)
    first.process.process.wait()
    wait_until("the simulator ended with its parent", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in simulators), 5)

    again = Demo(folder, clips=None)
    try:
        operator = again.client()
        assert {point["id"] for point in operator.items("camera-points?limit=100")} == points_before
        incident = first.incident
        assert operator.get(f"incidents/{incident}/journal/verification")["valid"] is True
        links = wait_until("links flow again", lambda: flowing(operator, incident), 20)
        assert {link["cameraPoint"]["id"] for link in links} >= {link["cameraPoint"]["id"] for link in links_before}
        footage = operator.get(f"incidents/{incident}/footage")
        old_runs = [run for run in footage["runs"] if run["state"] == "complete" and run["bytes"]]
        assert old_runs, footage
        for run in old_runs[:3]:
            file = tmp_path / f"{run['id']}.mp4"
            with operator.request("GET", f"incidents/{incident}/footage/{run['id']}.mp4") as response:
                file.write_bytes(response.read())
            assert int(probe_file(file)["nb_read_packets"]) > 10
        # The accounts' passwords are new.
        assert {a["password"] for a in again.ready["accounts"]}.isdisjoint(a["password"] for a in first.ready["accounts"])
    finally:
        status, seconds = again.stop(signal.SIGINT)
    assert status == 0, again.process.output[-3000:]
    assert seconds < 5


def flowing(client, incident):
    links = active_links(client, incident)
    return links if links and all(link["feed"] and link["feed"]["state"] == "live" for link in links) else None


@pytest.fixture
def configuration(tmp_path):
    ports = free_port(), free_port()
    file = tmp_path / "lookout.yaml"
    file.write_text(
        f"dataDirectory: {tmp_path / 'data'}\nhttp: {{port: {ports[0]}}}\nrtsp: {{port: {ports[1]}}}\nfootage: {{reserveGiB: 0}}\n")
    return file, ports[0]


def ready(port):
    from gateway import Client

    try:
        return Client(f"http://127.0.0.1:{port}").request("GET", "/readyz").status == 200
    except Exception:  # noqa: BLE001 - not listening yet
        return False


def test_the_first_start_prints_one_password_once(configuration):
    file, port = configuration
    first = Process(["serve", "--config", str(file)])
    wait_until("ready", lambda: ready(port), 30)
    printed = [line for line in first.lines + first.errors if "administrator" in line.lower() and "password" in line.lower()]
    assert len(printed) == 1, first.output
    status, seconds = first.stop(signal.SIGTERM)
    assert status == 0 and seconds < 10, first.output[-3000:]
    again = Process(["serve", "--config", str(file)])
    wait_until("ready again", lambda: ready(port), 30)
    again.stop()
    assert "password" not in again.output.lower()


def test_a_bad_configuration_stops_the_start_with_every_fault(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("http:\n  prot: 1\n  port: 99999\nlog: {level: shout}\n")
    for arguments in (["serve", "--config", str(file)], ["config", "check", str(file)]):
        result = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=30, check=False)
        assert result.returncode == 1
        for word in ("line 2", "http.prot", "http.port", "line 3", "log.level", "line 4"):
            assert word in result.stderr, result.stderr


def test_half_an_installation_does_not_start(configuration, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("lookout", "lookout-decoder"):
        shutil.copy(pathlib.Path(BINARY).with_name(name), programs)
    result = subprocess.run(
        [programs / "lookout", "serve", "--config", str(configuration[0])], capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 1
    assert "lookout-demuxer" in result.stderr and "lookout-decoder:" not in result.stderr and "one folder" in result.stderr, result.stderr
    assert "password" not in result.stdout + result.stderr, "nothing is begun"


def test_wrong_usage_is_64():
    result = subprocess.run([BINARY, "serve", "--no-such-option"], capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 64


def test_the_service_manager_hears_of_ready_and_stopping(configuration):
    import socket

    file, port = configuration
    path = str(file.parent / "notify.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(30)
        daemon = Process(["serve", "--config", str(file)], env={**os.environ, "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "2000000"})
        assert manager.recv(100) == b"READY=1"
        assert ready(port)
        assert manager.recv(100) == b"WATCHDOG=1"
        status, _ = daemon.stop(signal.SIGTERM)
        assert status == 0
        heard = [b""]
        while heard[-1] != b"STOPPING=1":
            heard.append(manager.recv(100))


def test_the_unit_is_well_formed(tmp_path):
    """systemd-analyze, where there is one, on the unit with this build's binary in it."""
    import shutil

    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze")
    unit = (pathlib.Path(__file__).parents[2] / "systemd" / "lookout.service").read_text()
    file = tmp_path / "lookout.service"
    file.write_text(unit.replace("/usr/bin/lookout", BINARY))
    result = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True, timeout=30, check=False)
    assert not [line for line in result.stderr.splitlines() if "lookout.service" in line], result.stderr
