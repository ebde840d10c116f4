"""A LlamaIndex LLM over xllamacpp: llama.cpp inside this process, on a GGUF file.

Imports llama_index at the top, so import it only when a local model is wanted.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback

from index.errors import LanguageModelError, ModelError, ModelMissing

LEAVING_S = 10.0  # how long one who leaves waits for llama.cpp to notice: it calls back only when it has read the prompt
QUIET = -1  # verbosity below "error": llama.cpp prints nothing


def model_path(name: str | None) -> Path:
    """The GGUF file at the path that `llm.model` gives. Raises `ModelMissing` where there is none."""
    path = Path(name or "").expanduser()
    if not path.is_file():
        given = f"{name!r} is none" if name else "none is given"
        raise ModelMissing(
            f"llm.model for kind 'local' must be the path of a GGUF file: {given}. 'footnote llm' lists what is at hand. "
            "Run: footnote llm use NAME"
        )
    return path


class LocalLlm(CustomLLM):
    """A GGUF model in this process. Greedy and repeatable: temperature 0 unless a call says otherwise."""

    model: str
    context_window: int = 4096
    timeout_s: float = 60.0
    _server: Any = PrivateAttr()

    @classmethod
    def load(cls, path: Path, *, timeout_s: float, context_window: int = 4096, threads: int = 0) -> LocalLlm:
        """Load the model at `path`; `threads` 0 takes `default_threads()`.

        Raises `ModelError` when llama.cpp cannot read the file.
        """
        llm = cls(model=path.stem.lower(), context_window=context_window, timeout_s=timeout_s)
        llm._server = _start(path, context_window, threads or default_threads())
        return llm

    @classmethod
    def class_name(cls) -> str:
        """LlamaIndex's name for this class."""
        return "LocalLlm"

    @property
    def metadata(self) -> LLMMetadata:
        """Context window and name, as LlamaIndex wants them."""
        return LLMMetadata(context_window=self.context_window, num_output=256, is_chat_model=True, model_name=self.model)

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """One reply. Keyword arguments are fields of an OpenAI chat request (max_tokens, response_format, ...).

        Raises `LanguageModelError` when llama.cpp refuses the request, `TimeoutError` after `timeout_s`.
        """
        text = "".join(self._pieces(messages, kwargs))
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text), raw={})

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """The same reply while it is written; closing the generator stops the model."""

        def pieces() -> ChatResponseGen:
            text = ""
            for piece in self._pieces(messages, kwargs):
                text += piece
                yield ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text), delta=piece, raw={})

        return pieces()

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The reply to `prompt` as one user message."""
        reply = self.chat([ChatMessage(role=MessageRole.USER, content=prompt)], **kwargs)
        return CompletionResponse(text=reply.message.content or "")

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """The same while it is written."""

        def pieces() -> CompletionResponseGen:
            for part in self.stream_chat([ChatMessage(role=MessageRole.USER, content=prompt)], **kwargs):
                yield CompletionResponse(text=part.message.content or "", delta=part.delta)

        return pieces()

    def _pieces(self, messages: Sequence[ChatMessage], arguments: Mapping[str, Any]) -> Iterator[str]:
        """What llama.cpp hands over, through a thread: it calls back, and whoever reads wants to pull."""
        request: dict[str, Any] = {
            "messages": [{"role": str(m.role.value), "content": m.content or ""} for m in messages],
            "temperature": 0.0,
            "cache_prompt": True,
            "stream": True,
        } | dict(arguments)
        deadline = time.monotonic() + self.timeout_s
        made: SimpleQueue[str | Exception | None] = SimpleQueue()
        left = threading.Event()
        thread = threading.Thread(target=self._generate, args=(request, made, left), name="llama.cpp", daemon=True)
        thread.start()
        try:
            while (piece := made.get(timeout=max(0.0, deadline - time.monotonic()))) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        except Empty:
            raise TimeoutError(f"no complete text within {self.timeout_s:g} s") from None
        finally:
            left.set()
            thread.join(LEAVING_S)

    def _generate(self, request: dict[str, Any], made: SimpleQueue[str | Exception | None], left: threading.Event) -> None:
        def receive(piece: dict[str, Any]) -> bool:
            """Take one streamed piece; True stops the generation."""
            if "error" in piece:
                made.put(LanguageModelError(f"llama.cpp refused the request: {piece['error'].get('message', piece['error'])}"))
                return True
            for choice in piece.get("choices", ()):
                made.put(choice.get("delta", {}).get("content") or "")
            return left.is_set()

        try:
            self._server.handle_chat_completions(request, receive)
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits, which raises it
            made.put(error)
        made.put(None)


def default_threads() -> int:
    """Half of the CPUs that this process may run on, at least one.

    llama.cpp's threads wait for each other after every layer: with as many threads as CPUs, one other busy process
    makes it crawl (2 CPUs under load: 1 thread 16 to 46 tokens/s, 2 threads 1 to 2).
    """
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    usable = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, usable // 2)


def _start(path: Path, context_window: int, threads: int) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = context_window
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.verbosity = QUIET
    params.offline = True
    params.warmup = False
    params.cache_ram_mib = 0
    # xllamacpp always opens an HTTP port on the loopback. Nobody needs it: a key that no one knows, no pages, no other origins.
    params.api_keys = [secrets.token_hex(32)]
    params.cors_origins = ""
    params.ui = False
    params.endpoint_slots = False
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise ModelError(f"llama.cpp cannot read the model {path}: it must be a whole GGUF file. Install it again.") from error
