"""What every test gets: no network, no stray settings, and the real models loaded once where they are installed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from index.offline import go_offline
from tests import network
from tests.loopback import raise_loopback


def load_reportlab() -> None:
    """reportlab, which makes PDFs for tests, without uharfbuzz: what loads that cannot load xllamacpp afterwards (`qa.threads.apart`)."""
    sys.modules["uharfbuzz"] = None  # type: ignore[assignment]
    with suppress(ImportError):
        import_module("reportlab.pdfbase.ttfonts")
    del sys.modules["uharfbuzz"]


go_offline()  # before any test module imports a library that reads these variables once
raise_loopback()
network.block()
load_reportlab()

import pytest  # noqa: E402

from index.config import IndexConfig, load_settings  # noqa: E402
from index.models.embed import load_embedder  # noqa: E402
from index.models.protocol import Embedder  # noqa: E402
from qa.config import Settings  # noqa: E402
from qa.read.load import load_reader  # noqa: E402
from qa.read.protocol import Reader  # noqa: E402
from tests.browser import browser, page, trouble  # noqa: E402, F401  fixtures
from tests.chroma_process import ChromaProcess  # noqa: E402
from tests.needs import SHARED, find_or_skip  # noqa: E402


@pytest.fixture(autouse=True)
def network_attempts() -> Iterator[list[str]]:
    """The refused attempts of this test. One that a library swallowed fails the test at its end all the same."""
    network.attempts.clear()
    yield network.attempts
    assert not network.attempts, f"tried to reach the network: {network.attempts}"


@pytest.fixture(autouse=True)
def no_stray_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's FOOTNOTE_* variables must not change what the tests see."""
    for name in [name for name in os.environ if name.startswith("FOOTNOTE_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real default embedder."""
    find_or_skip("all-minilm-l6-v2")
    return load_embedder(load_settings(IndexConfig))


@pytest.fixture(scope="session")
def reader() -> Reader:
    """The reader that ships with the package."""
    return load_reader(load_settings(Settings))


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaProcess]:
    """A Chroma server for all tests that leave it running; each index has a collection of its own there."""
    server = ChromaProcess(tmp_path_factory.mktemp("chroma"))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder of real news pages; skips where it is not at hand."""
    folder = SHARED / "corpus" / "seeds"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    return folder


@pytest.fixture(scope="session")
def example_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the example documents, made by the command line in a process of its own."""
    for name in ("all-minilm-l6-v2", "ms-marco-minilm-l-12-v2", "en-core-web-sm"):
        find_or_skip(name)
    root = Path(__file__).parents[1]
    db = tmp_path_factory.mktemp("example") / "db"
    command = [sys.executable, "-m", "qa.cli", "index", str(root / "examples" / "kazakhstan-korea"), "--db", str(db)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return db
