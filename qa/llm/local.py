"""A LlamaIndex LLM over xllamacpp: llama.cpp inside this process, on a GGUF file.

Imports llama_index at the top, so import it only when a local model is wanted. Knows nothing of prompts or retries.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, CompletionResponseGen, LLMMetadata, MessageRole
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback

from index.errors import LanguageModelError, ModelError, ModelMissing
from index.models.registry import find_spec, locate, verify_checksum

DEFAULT_MODEL = "smollm2-135m-instruct"
SMALL_BYTES = 1_000_000_000  # about 1.5 billion parameters in 4 bits; below, a model follows one short instruction at most
QUIET = -1  # verbosity below "error": llama.cpp prints nothing


def model_path(name: str | None) -> Path:
    """The GGUF file: the bundled SmolLM2 for None or its name (its checksum is verified), else a path given by the user.

    Raises `ModelMissing` when it is not there, `ChecksumMismatch` when the bundled file is not the pinned one.
    """
    spec = find_spec(name or DEFAULT_MODEL)
    if spec is not None and spec.role == "writer":
        files = locate(spec.name)
        verify_checksum(files)
        return files.weights
    path = Path(str(name)).expanduser()
    if not path.is_file():
        raise ModelMissing(f"llm.model for kind 'local' must be {DEFAULT_MODEL!r} or a path to a GGUF file: {name!r} is neither. Mend it.")
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
        request = {
            "messages": [{"role": str(m.role.value), "content": m.content or ""} for m in messages],
            "temperature": 0.0,
            "cache_prompt": True,
            "stream": True,
        } | kwargs
        text = self._generate(request)
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text), raw={})

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The reply to `prompt` as one user message."""
        reply = self.chat([ChatMessage(role=MessageRole.USER, content=prompt)], **kwargs)
        return CompletionResponse(text=reply.message.content or "")

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """The same reply as one piece: answers are shown when they are verified, not while they are written."""

        def pieces() -> CompletionResponseGen:
            text = self.complete(prompt, formatted, **kwargs).text
            yield CompletionResponse(text=text, delta=text)

        return pieces()

    def _generate(self, request: dict[str, Any]) -> str:
        deadline = time.monotonic() + self.timeout_s
        parts: list[str] = []
        problem: list[str] = []

        def receive(piece: dict[str, Any]) -> bool:
            """Take one streamed piece; True stops the generation."""
            if "error" in piece:
                problem.append(str(piece["error"].get("message", piece["error"])))
                return True
            for choice in piece.get("choices", ()):
                parts.append(choice.get("delta", {}).get("content") or "")
            if time.monotonic() > deadline:
                problem.append("time")
                return True
            return False

        self._server.handle_chat_completions(request, receive)
        if problem == ["time"]:
            raise TimeoutError(f"no complete text within {self.timeout_s:g} s")
        if problem:
            raise LanguageModelError(f"llama.cpp refused the request: {problem[0]}")
        return "".join(parts)


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
