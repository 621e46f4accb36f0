"""The soak's rules: each of them can be broken."""
import pathlib
import random
import struct
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "Tests" / "EndToEnd")]
from soaking import relay, verdict, viewers  # noqa: E402

PLAN = [(1, "rtsp", False), (2, "live", False), (2, "rtsp", True)]


def judged(*faults):
    cameras = verdict.Cameras()
    for camera, start, until in faults:
        cameras.note(("fault", camera, "freeze", start, until))
    return verdict.Verdict(0.0, cameras, PLAN)


def test_a_drop_needs_a_fault_of_the_own_camera():
    for faults, broken in (((1, 90, 95),), 0), (((2, 90, 95),), 1), ((), 1), (((1, 20, 30),), 1):
        soak = judged(*faults)
        soak.viewer_message(("end", 0, "closed", 100.0))
        assert len(soak.broken) == broken, faults


def test_a_slow_viewer_may_be_dropped():
    soak = judged()
    soak.viewer_message(("end", 2, "closed", 100.0))
    assert not soak.broken


def test_missing_packets_need_a_fault_or_a_fresh_connection():
    soak = judged((1, 90, 95))
    soak.viewer_message(("gap", 0, 3, 100.0))
    soak.cameras.note(("connected", 1, 160.0))
    soak.viewer_message(("gap", 0, 3, 170.0))
    assert not soak.broken
    soak.viewer_message(("gap", 0, 3, 140.0))
    assert len(soak.broken) == 1


def test_time_never_runs_backwards():
    soak = judged((1, 90, 95))
    soak.viewer_message(("back", 0, 1, 92.0))
    assert len(soak.broken) == 1


def test_who_gets_nothing_of_a_well_camera_is_stuck_once():
    soak = judged((1, 100, 110))
    soak.progress({0: (1, 100.0)}, 200.0)
    assert not soak.broken, "the gateway may still be in its longest pause"
    soak.progress({0: (1, 100.0)}, 215.0)
    soak.progress({0: (1, 100.0)}, 220.0)
    assert len(soak.broken) == 1


def test_a_feed_of_a_well_camera_is_live():
    soak = judged((1, 200, 210))
    soak.feeds({1: "backingOff", 2: "live"}, 300.0)
    assert not soak.broken
    soak.feeds({1: "live", 2: "stale"}, 320.0)
    assert not soak.broken
    for now in (330.0, 340.0):
        soak.feeds({1: "live", 2: "stale"}, now)
    assert len(soak.broken) == 1


def test_a_fault_that_is_told_late_is_no_stuck_feed():
    soak = judged((1, 200, 210))
    soak.feeds({1: "backingOff"}, 400.0)
    soak.cameras.note(("fault", 1, "reset", 400.0, 400.0))
    soak.feeds({1: "backingOff"}, 410.0)
    soak.feeds({1: "live"}, 420.0)
    assert not soak.broken


def test_the_gateway_leaves_no_camera_that_is_well():
    soak = judged((1, 200, 210))
    soak.connected(1, 260.0)
    assert not soak.broken
    soak.connected(1, 400.0)
    assert len(soak.broken) == 1


def test_growth_is_found():
    for pss, descriptors, threads, broken in (0, 0, 0, 0), (10, 0, 0, 1), (0, 40, 0, 1), (0, 0, 8, 1):
        soak = judged()
        for second in range(0, 7_200, 10):
            part = second / 7_200
            soak.sample({"time": float(second), "pss": 50 + 2 * pss * part, "descriptors": 280 + descriptors * part,
                         "threads": 10 + threads * part, "cpu": 0.1, "live": 150, "viewers": 3})
        assert soak.conclude() == (broken == 0), soak.broken
        assert len(soak.broken) == broken, soak.broken
        assert ("rules broken" in soak.report()) == bool(broken)


def test_corruption_changes_the_bytes():
    chance = random.Random(3)
    data = bytes(range(256)) * 8
    lengths = {kind: [len(relay.corrupt(kind, data, chance)) - len(data) for _ in range(20)] for kind in relay.CORRUPTIONS}
    assert set(lengths["flip"]) == {0} and max(lengths["drop"]) < 0 and min(lengths["double"]) > 0 and min(lengths["insert"]) > 0
    assert relay.corrupt("flip", data, chance) != data


def viewer(form):
    said = []
    one = viewers.Viewer(0, 1, form, False, said.append)
    one.unread, one.movie, one.chunk = bytearray(), bytearray(), 0
    return one, said


def rtp(sequence, timestamp):
    packet = struct.pack(">BBHII", 0x80, 96, sequence, timestamp, 1) + b"picture"
    return b"$\0" + struct.pack(">H", len(packet)) + packet


def test_a_player_sees_gaps_and_time_that_runs_backwards():
    one, said = viewer("rtsp")
    stream = rtp(65_535, 0xFFFFFF00) + rtp(0, 100) + b"RTSP/1.0 200 OK\r\nCSeq: 9\r\n\r\n" + rtp(3, 200) + rtp(4, 150)
    for byte in stream:
        one.unread.append(byte)
        assert one.frames(time.monotonic()) is None
    assert [message[:3] for message in said] == [("gap", 0, 2), ("back", 0, 50)]
    one.unread += b"\x00\x00\x00\x00"
    assert "framing" in one.frames(time.monotonic())


def fragment(sequence, decode_time):
    inner = b"\0\0\0\x10mfhd" + struct.pack(">II", 0, sequence) + b"\0\0\0\x14tfdt" + struct.pack(">IQ", 1 << 24, decode_time)
    return struct.pack(">I4s", len(inner) + 8, b"moof") + inner + struct.pack(">I4s", 9, b"mdat") + b"x"


def test_a_browser_sees_gaps_and_time_that_runs_backwards():
    one, said = viewer("live")
    moov = struct.pack(">I4s", 8, b"moov")
    for movie in (moov + fragment(1, 10), fragment(2, 20), fragment(4, 30), fragment(5, 30), moov + fragment(1, 5)):
        for byte in b"%x\r\n%b\r\n" % (len(movie), movie):
            one.unread.append(byte)
            assert one.chunks(time.monotonic()) is None
    assert [message[:3] for message in said] == [("gap", 0, 1), ("back", 0, 0)]
    one.unread += b"0\r\n\r\n"
    assert one.chunks(time.monotonic()) == "ended by the gateway"
