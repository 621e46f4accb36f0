"""What the packet path asks of the allocator and of the kernel, in the release build under a real load.

Counts, not times: a library that is preloaded into the gateway counts its calls. Without viewers they are those of reading
and caching; what viewers add is theirs. The ceilings stand a little above what the path needs, so that a copy, an
allocation or a write a packet, a viewer or a unit more goes beyond them.
"""
import pathlib
import struct
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Benchmarks"), str(ROOT / "Scripts")]

import load  # noqa: E402
import load_points  # noqa: E402

CAMERAS, VIEWERS = 4, 40


class Counts:
    """The gateway's calls within a `with`, by the pictures that its cameras sent meanwhile: one write each of the source."""

    def __init__(self, folder, gateway, source):
        self.files = [pathlib.Path(folder) / str(process.pid) for process in (gateway, source)]

    def read(self):
        return [struct.unpack("4Q", file.read_bytes()) for file in self.files]

    def __enter__(self):
        self.before = self.read()
        return self

    def __exit__(self, *_):
        calls, sent = ([now - before for now, before in zip(*pair)] for pair in zip(self.read(), self.before))
        self.pictures = sent[2]
        self.allocations, self.reads, self.writes, self.waits = (count / self.pictures for count in calls)

    def __repr__(self):
        return (f"per picture: {self.allocations:.2f} allocations, {self.reads:.2f} reads, {self.writes:.2f} writes, "
                f"{self.waits:.2f} waits; {self.pictures} pictures")


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """(with no viewer, with viewers, the viewers' report)."""
    folder = tmp_path_factory.mktemp("counts")
    library = pathlib.Path(load.PROGRAM).with_name("libCallCounter.so")
    environment = {"LD_PRELOAD": str(library), "CALL_COUNTER_FOLDER": str(folder)}
    with load.Source(CAMERAS, 2_000, environment=environment) as source, load_points.LoadedGateway(environment) as gateway:
        gateway.add_points(source.url, CAMERAS)
        gateway.link()
        gateway.wait_until_probed()
        with Counts(folder, gateway, source) as ingest:
            load.play([], folder, seconds=4, warmup=0, watch={})
        urls = [ticket["rtsp"] for ticket in gateway.tickets(VIEWERS)]
        player = load.Play(urls, folder, seconds=6, warmup=2, watch={})
        time.sleep(2 + VIEWERS * 0.01 + 1)
        with Counts(folder, gateway, source) as viewed:
            time.sleep(4)
        report = player.result()
    return ingest, viewed, report


def test_the_viewers_got_everything(counted):
    _, _, report = counted
    assert report["begun"] == VIEWERS and report["failed"] == 0
    assert report["missingUnits"] == report["lostPackets"] == 0


def test_reading_and_caching_a_picture(counted):
    ingest, _, _ = counted
    print(ingest)
    # Four cameras of 25 pictures a second, for four seconds.
    assert 300 < ingest.pictures < 500, ingest
    assert 0 < ingest.allocations <= 4.5, ingest
    assert 0 < ingest.reads <= 1.6, ingest
    assert ingest.writes <= 0.1, ingest


def test_a_viewer_is_one_write_a_picture(counted):
    ingest, viewed, _ = counted
    print(viewed)
    viewers_per_camera = VIEWERS / CAMERAS
    assert 0.9 < (viewed.writes - ingest.writes) / viewers_per_camera <= 1.05, viewed
    assert (viewed.allocations - ingest.allocations) / viewers_per_camera <= 0.1, viewed
