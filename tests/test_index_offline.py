"""The switches that keep libraries off the network, and the block that the tests themselves run behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from index.offline import BLOCKED_MODULES, SWITCHES, go_offline, telemetry_report
from tests.network import NetworkBlocked

ROOT = Path(__file__).parents[1]


def run_python(code: str, **variables: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in SWITCHES and k not in ("TIKTOKEN_CACHE_DIR", "NLTK_DATA")}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment | variables, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_every_switch_is_set_even_against_the_environment() -> None:
    shown = run_python(
        "from index.offline import go_offline, telemetry_report; go_offline(); print(all(telemetry_report().values()))",
        HF_HUB_OFFLINE="0",
        ANONYMIZED_TELEMETRY="True",
    )
    assert shown == "True"


def test_report_shows_a_switch_that_was_turned_back(monkeypatch: pytest.MonkeyPatch) -> None:
    go_offline()
    assert all(telemetry_report().values())
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert not telemetry_report()["HF_HUB_OFFLINE"]


def test_openvino_cannot_import_its_telemetry_and_works_without() -> None:
    shown = run_python(
        "from index.offline import go_offline; go_offline()\n"
        "import openvino as ov, sys\n"
        "from openvino.tools.ovc import telemetry_utils\n"
        "print(telemetry_utils.tm.__name__, sys.modules['openvino_telemetry'])"
    )
    module, entry = shown.split()
    assert "openvino_telemetry" not in module.split(".")[:1]
    assert entry == "None"


def test_llama_index_uses_its_own_copies_of_tiktoken_and_nltk_data() -> None:
    go_offline()
    assert any(Path(os.environ["TIKTOKEN_CACHE_DIR"]).iterdir())
    assert (Path(os.environ["NLTK_DATA"]) / "tokenizers").is_dir()


def test_a_users_own_cache_folders_are_kept() -> None:
    code = "from index.offline import go_offline; go_offline(); import os; print(os.environ['NLTK_DATA'])"
    assert run_python(code, NLTK_DATA="/my/nltk") == "/my/nltk"


def test_going_offline_imports_nothing_heavy() -> None:
    code = "import sys; from index.offline import go_offline; go_offline(); print(len([m for m in sys.modules if m.split('.')[0] in "
    code += "('torch','transformers','huggingface_hub','llama_index','chromadb','openvino','numpy','pydantic')]))"
    assert run_python(code) == "0"


@pytest.mark.parametrize("name", BLOCKED_MODULES)
def test_blocked_modules_cannot_be_imported(name: str) -> None:
    go_offline()
    with pytest.raises(ImportError):
        __import__(name)


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_tests_cannot_connect_to_another_machine(address: tuple[str, int], network_attempts: list[str]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection, pytest.raises(NetworkBlocked):
        connection.connect(address)
    assert address[0] in network_attempts.pop()


def test_tests_cannot_send_datagrams_or_look_up_names(network_attempts: list[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection, pytest.raises(NetworkBlocked):
        connection.sendto(b"x", ("192.0.2.1", 53))
    with pytest.raises(NetworkBlocked):
        socket.getaddrinfo("example.org", 443)
    with pytest.raises(NetworkBlocked):
        urllib.request.urlopen("https://example.org", timeout=1)
    assert len(network_attempts) == 3
    network_attempts.clear()


def test_loopback_and_local_sockets_stay_open(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as connection:
        connection.sendall(b"x")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "s"))
    assert socket.getaddrinfo("localhost", 80)
