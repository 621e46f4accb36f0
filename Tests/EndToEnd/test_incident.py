"""The main job over the API: incident, suggestions, link, ticket; and what is refused."""
import contextlib
import http.client
import socket
import time
import urllib.parse

import pytest
from gateway import APIError, wait_until
from raw_player import RawPlayer

SPOT = {"longitude": 106.0605, "latitude": 31.3466}


@pytest.fixture
def incident(operator):
    opened = operator.post("incidents", {
        "title": "端到端测试: 街面纠纷", "category": "socialSafety", "level": "IV", "location": SPOT, "address": "测试地点",
        "isDrill": False, "ground": None})
    yield opened
    with_end = opened
    for stage in ("notified", "handling", "feedback", "closed"):
        try:
            with_end = operator.post(f"incidents/{opened['id']}/transitions", {"to": stage, "note": "结束"})
        except APIError:
            pass
    assert with_end


def linkable(client, incident):
    return [item for item in client.get(f"incidents/{incident['id']}/suggestions?limit=100")["items"] if item["linkable"]]


def test_suggestions_are_near_and_say_why(operator, incident):
    items = operator.get(f"incidents/{incident['id']}/suggestions?limit=40")["items"]
    assert items
    assert all(item["reasons"] for item in items if item["linkable"])
    scores = [item["score"] for item in items if item["linkable"]]
    assert scores == sorted(scores, reverse=True)


def test_link_ticket_and_end(operator, incident):
    point = linkable(operator, incident)[0]["cameraPoint"]
    link = operator.post(f"incidents/{incident['id']}/links", {
        "cameraPointId": point["id"], "record": False, "ground": "dangerToLife", "reason": "测试"})
    ticket = operator.post(f"incidents/{incident['id']}/links/{link['id']}/tickets", {"purpose": "incident", "stream": "main"})
    assert ticket["rtsp"].startswith("rtsp://") and len(ticket["rtsp"]) < 500
    with operator.request("GET", ticket["snapshot"]) as response:
        assert response.headers["Content-Type"] == "image/jpeg"
        assert response.read(3) == b"\xff\xd8\xff"
    with operator.request("GET", ticket["live"]) as response:
        assert response.read(8)[4:] == b"ftyp"
        operator.delete(f"incidents/{incident['id']}/links/{link['id']}")
        ended = time.monotonic()
        # The viewer is gone within a second of its link's end.
        response.fp.raw._sock.settimeout(3)
        with contextlib.suppress(http.client.IncompleteRead, ConnectionError):
            while response.read(65_536):
                pass
        assert time.monotonic() - ended < 2
    with pytest.raises(APIError) as refused:
        operator.request("GET", ticket["snapshot"])
    assert refused.value.status in (401, 403, 410)


def linked(operator, incident):
    point = linkable(operator, incident)[0]["cameraPoint"]
    link = operator.post(f"incidents/{incident['id']}/links", {
        "cameraPointId": point["id"], "record": False, "ground": "dangerToLife", "reason": "测试"})
    ticket = operator.post(f"incidents/{incident['id']}/links/{link['id']}/tickets", {"purpose": "incident", "stream": "main"})
    return link, ticket


@pytest.mark.parametrize("is_paused", [True, False], ids=["paused", "described"])
def test_a_view_whose_link_ended_never_plays_again(operator, incident, is_paused):
    link, ticket = linked(operator, incident)
    with RawPlayer(ticket["rtsp"]) as player:
        player.prepare()
        if is_paused:
            assert player.ask("PLAY") == 200
            wait_until("pictures", lambda: player.ask("GET_PARAMETER") == 200 and player.frames)
            assert player.ask("PAUSE") == 200
        operator.delete(f"incidents/{incident['id']}/links/{link['id']}")
        player.frames = 0
        if is_paused:
            assert player.is_closed_within(2)
        else:
            assert player.ask("PLAY") in (403, None)
            assert player.is_closed_within(2)
        assert player.frames == 0


def exchange(demo, request):
    """What the gateway answers to these bytes, up to its end of the connection or a second of silence, and whether it ended."""
    with socket.create_connection(("127.0.0.1", demo.http_port), 5) as connection:
        connection.settimeout(1)
        answer = b""
        try:
            connection.sendall(request.encode())
            while part := connection.recv(65_536):
                answer += part
        except TimeoutError:
            return answer, False
        except ConnectionError:
            # Reset, since it did not read all that was sent.
            pass
        return answer, True


def test_media_answers_are_proper_http(demo, operator, incident):
    _, ticket = linked(operator, incident)
    for name in ("snapshot", "live"):
        target = urllib.parse.urlsplit(ticket[name])
        answer, ended = exchange(demo, f"HEAD {target.path}?{target.query} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        assert not body and ended
    answer, ended = exchange(demo, "POST /media/live HTTP/1.1\r\nHost: a\r\nContent-Length: 300000000\r\n\r\n" + "x" * 200_000)
    assert ended and not answer.startswith(b"HTTP/1.1 200")


def test_a_private_point_needs_a_ground_and_an_incident(operator, incident):
    private = next(item["cameraPoint"] for item in linkable(operator, incident) if item["cameraPoint"]["isPrivate"])
    with pytest.raises(APIError) as refused:
        operator.post(f"incidents/{incident['id']}/links", {"cameraPointId": private["id"], "record": False, "ground": None})
    assert refused.value.status in (403, 409, 422)
    with pytest.raises(APIError) as refused:
        operator.post(f"camera-points/{private['id']}/tickets", {"purpose": "patrol", "reason": "看看"})
    assert refused.value.status == 403


def test_a_stage_that_is_not_next_is_refused_with_what_is(operator, incident):
    with pytest.raises(APIError) as refused:
        operator.post(f"incidents/{incident['id']}/transitions", {"to": "closed", "note": ""})
    assert refused.value.status == 409
    assert refused.value.reason == "stageNotAllowed"
    assert "notified" in refused.value.body["error"]["details"]["allowed"]


def test_every_step_is_in_the_journal_and_the_chain_holds(operator, incident):
    operator.post(f"incidents/{incident['id']}/transitions", {"to": "notified", "note": "已通知"})
    entries = wait_until("journal", lambda: operator.items(f"incidents/{incident['id']}/journal"))
    assert [entry["sequence"] for entry in entries] == list(range(entries[0]["sequence"], entries[0]["sequence"] + len(entries)))
    assert operator.get(f"incidents/{incident['id']}/journal/verification")["valid"] is True


def test_a_role_without_video_gets_none(demo, incident):
    administrator = demo.client("administrator")
    with pytest.raises(APIError) as refused:
        administrator.post(f"incidents/{incident['id']}/links", {"cameraPointId": "x", "record": False})
    assert refused.value.status == 403
