import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from gateway import Demo  # noqa: E402


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """One demo for all tests that do not stop it."""
    running = Demo(tmp_path_factory.mktemp("demo") / "data", seconds=180)
    yield running
    running.stop()


@pytest.fixture
def operator(demo):
    return demo.client("operator")


@pytest.fixture
def commander(demo):
    return demo.client("commander")
