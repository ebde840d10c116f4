"""Servers of language models on this machine: which answer at the usual ports, what they hold, how much their models take at once.

Only the loopback is looked at, and a server that the settings name. Every reply is data of a stranger: read with limits, never trusted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

# Ports as each program's manual gives them; several share 8080 and 8000.
USUAL = {"Ollama": 11434, "LM Studio": 1234, "Jan": 1337, "llama.cpp": 8080, "vLLM": 8000}
LOOPBACK = "127.0.0.1"
PATIENCE_S = 2.0
MOST_BYTES = 2_000_000
MOST_MODELS = 200
OWN = ("footnote", "footnote-with-sources")  # what 'footnote serve' calls itself at such a port
OLLAMA_WINDOW = 4096  # what Ollama gives a model that nobody configured, whatever the model could take


@dataclass(frozen=True, slots=True)
class Server:
    """An OpenAI-compatible server that answered: its program as far as it tells, its address, the models that it holds."""

    program: str
    url: str
    models: tuple[str, ...]


def servers(ports: Mapping[str, int] = USUAL) -> list[Server]:
    """The servers that answer at these ports of the loopback, in this order."""
    with ThreadPoolExecutor(len(ports) or 1) as pool:
        found = pool.map(lambda usual: _at(*usual), ports.items())
    return [server for server in found if server is not None]


def _at(program: str, port: int) -> Server | None:
    url = f"http://{LOOPBACK}:{port}/v1"
    listed = _get(f"{url}/models")
    ids = [m.get("id") for m in _objects(listed, "data")]
    names = [name for name in ids if isinstance(name, str) and name.isprintable() and name not in ("", *OWN)]
    return Server(program, url, tuple(names[:MOST_MODELS])) if names else None


def window_of(url: str, model: str, key: str | None = None) -> int | None:
    """The tokens that a model takes at once as its server tells, None where it does not."""
    base = url.rstrip("/").removesuffix("/v1")
    found = next((window for window in _told(base, model, key) if window), None)
    return found if found is not None and 256 <= found <= 10_000_000 else None


def _told(base: str, model: str, key: str | None) -> Iterator[int | None]:
    """What the programs call it, one after the other."""
    entries = [m for m in _objects(_get(f"{base}/v1/models", key), "data") if m.get("id") == model]
    yield from (_number(m, "max_model_len") for m in entries)  # vLLM
    if any(m.get("owned_by") == "library" for m in entries):  # Ollama
        running = [m for m in _objects(_get(f"{base}/api/ps", key), "models") if model in (m.get("name"), m.get("model"))]
        yield from (_number(m, "context_length") for m in running)
        yield OLLAMA_WINDOW
    props = _get(f"{base}/props", key)  # llama.cpp, and what is made of it
    yield _number(props.get("default_generation_settings"), "n_ctx") if isinstance(props, dict) else None
    studio = _get(f"{base}/api/v0/models/{model}", key)  # LM Studio
    yield _number(studio, "loaded_context_length")
    yield from (_number(m.get("meta"), "n_ctx") for m in entries)


def _number(value: Any, name: str) -> int | None:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None


def _objects(value: Any, name: str) -> Sequence[dict[str, Any]]:
    listed = value.get(name) if isinstance(value, dict) else None
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _get(url: str, key: str | None = None) -> Any:
    """The JSON at `url`, None when there is none: nobody listens, another program answers, it takes too long or is too much."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with (
            httpx.Client(trust_env=not is_loopback(url), timeout=PATIENCE_S, follow_redirects=False) as client,
            client.stream("GET", url, headers=headers) as reply,
        ):
            if reply.status_code != 200:
                return None
            body = b""
            for part in reply.iter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    return None
            return httpx.Response(200, content=body).json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError, RecursionError):
        return None


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
