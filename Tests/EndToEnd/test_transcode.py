"""A camera of H.265 without another stream, before a browser that plays no H.265: the gateway makes H.264 of it."""
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.parse

import pytest
from browser import chromium, complaints, metrics, sign_in
from gateway import APIError, wait_until
from test_foreign_camera import ForeignCamera, reachable, register
from test_incident import SPOT

SLOTS = 2


@contextlib.contextmanager
def incident_of(demo, operator, count, *options):
    """An incident with so many cameras of H.265, all linked: its id and the links."""
    administrator = demo.client("administrator")
    with contextlib.ExitStack() as stack:
        points = []
        for number in range(count):
            camera = ForeignCamera("--codec", "h265", *options)
            stack.callback(camera.close)
            points.append(register(administrator, camera.url(), 8_100 + number))
            stack.callback(administrator.delete, f"camera-points/{points[-1]['id']}")
        for point in points:
            wait_until("a picture", lambda point=point: reachable(administrator, point), 30, 1)
        incident = operator.post("incidents", {
            "title": "转码", "category": "traffic", "level": None, "location": SPOT, "address": "", "isDrill": False, "ground": None})
        links = [operator.post(f"incidents/{incident['id']}/links", {
            "cameraPointId": point["id"], "record": False, "ground": "accident", "reason": "测试"}) for point in points]
        for link in links:
            wait_until("the camera's own stream", lambda link=link: feed(operator, link)["state"] == "live", 20)
        yield incident["id"], links


def feed(operator, link):
    try:
        return operator.get(f"feeds/{link['cameraPoint']['id']}/main")["feed"]
    except APIError:
        return {"state": "none"}


def ticket(operator, incident, link):
    return operator.post(f"incidents/{incident}/links/{link['id']}/tickets", {"purpose": "incident", "stream": "main"})


def transcoders(demo):
    """Processes that make H.264: none of the demonstration's cameras needs a demuxer otherwise."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            status = (path / "status").read_text()
            if "Name:\tlookout-demuxer" in status and f"PPid:\t{demo.process.process.pid}\n" in status:
                found.append(int(path.name))
    return sorted(found)


def figures(demo):
    with demo.client("operator").request("GET", "/metrics") as response:
        text = response.read().decode()
    return {name: float(value) for name, value in re.findall(r"^lookout_(transcode\w*) ([\d.e+]+)$", text, re.M)}


def chips(driver):
    """State line of each cell that shows something."""
    return driver.execute_script("return [...document.querySelectorAll('lookout-cell .cell-state')].map((chip) => chip.textContent)")


def picture_moves(driver):
    """Whether every playing cell's picture went on."""
    before = {key: cell for key, cell in metrics(driver).items() if cell["state"] == "live"}
    return wait_until("moving pictures", lambda: before and all(
        cell["frames"] > before[key]["frames"] for key, cell in metrics(driver).items() if key in before), 10)


def test_a_browser_without_h265_sees_a_transcode_and_is_told_when_there_is_none(demo, operator, tmp_path):
    refused = figures(demo)["transcodes_refused_total"]
    with incident_of(demo, operator, SLOTS + 1) as (incident, links):
        with chromium(tmp_path) as driver:
            sign_in(driver, demo.base, next(each for each in demo.ready["accounts"] if each["role"] == "operator"))
            driver.get(f"{demo.base}/#/incidents/{incident}")
            full, live = "▣ 静态·转码已满", "● 实时·转码"
            wait_until("two transcodes and a still", lambda: sorted(chips(driver)) == sorted([live] * SLOTS + [full]), 30, 0.2)
            picture_moves(driver)
            still = next(cell for cell in metrics(driver).values() if cell["state"] == "still")
            wait_until("another still", lambda: any(
                cell["state"] == "still" and cell["frames"] > still["frames"] for cell in metrics(driver).values()), 10)
            assert not complaints(driver)
            said = figures(demo)
            assert (said["transcodes"], said["transcode_slots"], said["transcode_viewers"]) == (SLOTS, SLOTS, SLOTS), said
            assert said["transcodes_refused_total"] > refused
            assert len(transcoders(demo)) == SLOTS
            shown = [link for link in links if feed(operator, link)["transcode"]]
            assert len(shown) == SLOTS
            viewers = operator.get(f"feeds/{shown[0]['cameraPoint']['id']}/main")["viewers"]
            assert [(viewer["medium"], viewer["transcoded"]) for viewer in viewers] == [("console", True)], viewers

            # An encoder that is killed costs a moment, and the camera's own stream nothing.
            victim = transcoders(demo)[-1]
            os.kill(victim, signal.SIGKILL)
            wait_until("another process", lambda: victim not in (now := transcoders(demo)) and len(now) == SLOTS, 10)
            wait_until("the transcodes are live again", lambda: all(
                feed(operator, link)["transcode"]["state"] == "live" for link in shown), 10)
            wait_until("both show", lambda: chips(driver).count(live) == SLOTS, 10)
            picture_moves(driver)
            after = [feed(operator, link) for link in shown]
            assert sorted(each["transcode"]["restarts"] for each in after) == [0, 1]
            assert all(each["reconnects"] == 0 and each["losses"]["lostPackets"] == 0 for each in after), after

            # Where a link ends its viewers are out, and who waits for the slot has it.
            operator.delete(f"incidents/{incident}/links/{shown[0]['id']}")
            wait_until("the third is transcoded", lambda: chips(driver).count(live) == SLOTS and not any(
                "已满" in chip for chip in chips(driver)), 30, 0.2)
        wait_until("the end of all transcodes", lambda: not transcoders(demo), 15)
        assert wait_until("free slots", lambda: figures(demo)["transcodes"] == 0, 10)
        assert feed(operator, shown[1])["state"] == "live" and feed(operator, shown[1])["transcode"] is None
    rows = [row for row in demo.client("auditor").get("views?limit=50")["items"]
            if row["kind"] == "viewStarted" and row["cameraPoint"]["id"] == shown[0]["cameraPoint"]["id"]]
    assert rows and rows[0]["medium"] in ("console", "snapshot"), rows


def test_one_encoder_serves_all_and_other_players_play_it(demo, operator):
    with incident_of(demo, operator, 1) as (incident, [link]):
        addresses = [ticket(operator, incident, link)["liveTranscoded"] for _ in range(3)]
        players = [subprocess.Popen(
            ["ffprobe", "-v", "error", "-read_intervals", "%+3", "-count_frames", "-show_entries",
             "stream=codec_name,width,nb_read_frames", "-of", "csv=p=0", address], stdout=subprocess.PIPE, text=True)
            for address in addresses]
        wait_until("three viewers", lambda: (feed(operator, link)["transcode"] or {}).get("viewers") == 3, 10)
        assert len(transcoders(demo)) == 1
        for player in players:
            codec, width, frames = player.communicate(timeout=30)[0].strip().split(",")[:3]
            assert (codec, width) == ("h264", "320") and int(frames) >= 30, (codec, width, frames)
        # The last one left.
        began = time.monotonic()
        wait_until("the end of the encoder", lambda: not transcoders(demo), 10)
        print(f"the encoder ended {time.monotonic() - began:.1f} s after its last viewer")


def test_without_a_slot_or_a_ticket_there_is_an_answer(demo, operator):
    with incident_of(demo, operator, SLOTS + 1) as (incident, links), contextlib.ExitStack() as stack:
        for link in links[:SLOTS]:
            answer = stack.enter_context(operator.request("GET", ticket(operator, incident, link)["liveTranscoded"]))
            assert b"ftyp" in answer.read(64)
        with pytest.raises(APIError) as refused:
            operator.request("GET", ticket(operator, incident, links[SLOTS])["liveTranscoded"])
        assert (refused.value.status, refused.value.reason) == (503, "transcodesFull"), refused.value
        # The same feed is served to whoever plays it as it is.
        with operator.request("GET", ticket(operator, incident, links[SLOTS])["live"]) as answer:
            assert b"ftyp" in answer.read(64)
        with pytest.raises(APIError) as refused:
            operator.request("GET", urllib.parse.urljoin(demo.base, "/media/live?transcode=1"))
        assert refused.value.status == 401
