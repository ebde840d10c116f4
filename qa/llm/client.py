"""The writer: one method over any LlamaIndex LLM, with retries, so that callers see text or `LanguageModelError`.

Knows nothing of questions, evidence or prompts (see `qa.llm.prompts`, `qa.write.llm`), and never checks what was written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlsplit, urlunsplit

from index.errors import ConfigError, LanguageModelError
from index.redact import secrets_of_url
from qa.config import LlmSettings
from qa.llm.retry import MAX_DELAY_S, EmptyOutput, reason_of, retry_delay, scrub, secrets_in, status_of
from qa.llm.speed import Stopwatch
from qa.schema import Speed

if TYPE_CHECKING:
    from llama_index.core.llms import LLM
    from tenacity import RetryCallState

_SCHEMA_REFUSED = {400, 404, 415, 422, 501}


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


class TooSlow(LanguageModelError):
    """The model was not done in time; asking it again would take as long."""


class Writer(Protocol):
    """What the composer needs of a language model.

    A writer may carry `pieces` and `speed` (as of `LlmWriter`), `window: int` (tokens that it takes at once) and `reads: bool | None`,
    whether it can answer from passages (None: not known yet, see `qa.write.probe`).
    """

    @property
    def name(self) -> str:
        """The model's name, as shown to users."""

    def write(self, prompt_messages: Sequence[Message], *, schema: dict[str, Any] | None, max_tokens: int) -> str:
        """The model's text, never empty; `schema` is a JSON schema for the text where the server can constrain it.

        Raises `LanguageModelError` when the model cannot be reached or gives nothing usable.
        """


@dataclass(slots=True)
class LlmWriter:
    """A `Writer` over a LlamaIndex LLM. `retries` further attempts follow a failed first one, with back-off."""

    llm: LLM = field(repr=False)  # its own repr prints the key
    name: str
    retries: int
    timeout_s: float
    takes_schema: bool
    takes_max_tokens: bool
    reads: bool | None = None
    find_window: Callable[[], int | None] | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    sleep: Callable[[float], None] = time.sleep
    speed: Speed | None = None
    """Of the last text that came in pieces, as it reached whoever asked; None before the first."""
    _window: int | None = field(default=None, repr=False)

    @property
    def window(self) -> int:
        """Tokens that the model takes at once: as the settings say, else as the server says when it is asked the first time."""
        if self._window is None:
            found = self.find_window() if self.find_window else None
            self._window = found or int(self.llm.metadata.context_window)
        return self._window

    def write(self, prompt_messages: Sequence[Message], *, schema: dict[str, Any] | None, max_tokens: int) -> str:
        """See `Writer.write`. What may pass is tried again (`qa.llm.retry`), with the waits of `retry_delay`."""
        from tenacity import Retrying, retry_if_exception, stop_after_attempt

        longest = max(self.timeout_s, MAX_DELAY_S)
        attempts = Retrying(
            retry=retry_if_exception(lambda error: (delay := retry_delay(error, 0)) is not None and delay <= longest),
            wait=_delay,
            stop=stop_after_attempt(self.retries + 1),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return attempts(self._once, prompt_messages, schema, max_tokens)
        except Exception as error:  # noqa: BLE001 - every provider has its own exception types; all end as LanguageModelError
            raise self._failure(error, attempts.statistics["attempt_number"]) from None

    def _once(self, messages: Sequence[Message], schema: dict[str, Any] | None, max_tokens: int) -> str:
        """One attempt. A server that refuses the schema is asked without it, now and from then on."""
        schema = schema if self.takes_schema else None
        try:
            return self._ask(messages, schema, max_tokens)
        except Exception as error:  # as in `write`
            if schema is None or status_of(error) not in _SCHEMA_REFUSED:
                raise
        self.takes_schema = False
        return self._ask(messages, None, max_tokens)

    def pieces(self, prompt_messages: Sequence[Message], *, schema: dict[str, Any] | None, max_tokens: int) -> Generator[str, None, None]:
        """The model's text as it comes. No second try: who is not served can still call `write`.

        Raises `TooSlow` when the text is not whole after `timeout_s`, `LanguageModelError` when the model cannot be reached, cannot
        stream, or breaks off.
        """
        messages, arguments = self._request(prompt_messages, schema if self.takes_schema else None, max_tokens)
        deadline = time.monotonic() + self.timeout_s
        watch = Stopwatch()
        try:
            for part in self.llm.stream_chat(messages, **arguments):
                if part.delta:
                    watch.came(part.delta)
                    yield part.delta
                if time.monotonic() > deadline:
                    raise TimeoutError(f"no complete text within {self.timeout_s:g} s")
        except TimeoutError as error:
            raise TooSlow(str(self._failure(error, 1))) from None
        except Exception as error:  # noqa: BLE001 - as in `write`
            raise self._failure(error, 1) from None
        finally:  # whoever asked may have read enough
            self.speed = watch.speed() or self.speed

    def _request(self, messages: Sequence[Message], schema: dict[str, Any] | None, max_tokens: int) -> tuple[list[Any], dict[str, Any]]:
        from llama_index.core.llms import ChatMessage

        arguments: dict[str, Any] = {"max_tokens": max_tokens} if self.takes_max_tokens else {}
        if schema is not None:
            arguments["response_format"] = {"type": "json_schema", "json_schema": {"name": "output", "strict": True, "schema": schema}}
        return [ChatMessage(role=m.role, content=m.content) for m in messages], arguments

    def _ask(self, messages: Sequence[Message], schema: dict[str, Any] | None, max_tokens: int) -> str:
        chat, arguments = self._request(messages, schema, max_tokens)
        response = self.llm.chat(chat, **arguments)
        text = (response.message.content or "").strip()
        if not text:
            raise EmptyOutput("the model wrote nothing")
        return text

    def _failure(self, error: Exception, attempts: int) -> LanguageModelError:
        tries = "1 try" if attempts == 1 else f"{attempts} tries"
        reason = scrub(reason_of(error), self.secrets)
        return LanguageModelError(
            f"The language model {self.name!r} gave no usable text in {tries}: {reason}. Check [llm] in footnote.toml."
        )


def _delay(state: RetryCallState) -> float:
    """Seconds to wait after a failed attempt."""
    error = state.outcome.exception() if state.outcome else None
    return (error and retry_delay(error, state.attempt_number - 1)) or 0.0


def load_llm(settings: LlmSettings, *, sleep: Callable[[float], None] = time.sleep) -> LlmWriter | None:
    """The writer that `settings` name, or None for kind "none"; nothing is sent to a model yet.

    `sleep` waits between attempts (seconds). Raises `ConfigError` for settings that do not fit, `ModelError` when
    the local model is missing or damaged.
    """
    if settings.kind == "none":
        return None
    if settings.kind == "local":
        return _local(settings, sleep)
    if settings.kind == "openai":
        return _openai(settings, sleep)
    return _by_class(settings, sleep)


def _local(settings: LlmSettings, sleep: Callable[[float], None]) -> LlmWriter:
    from qa.llm.local import LocalLlm, model_path

    options = _only(settings.options, {"context_window", "threads"})
    path = model_path(settings.model)
    window = {"context_window": settings.window} if settings.window else {}
    llm = LocalLlm.load(path, timeout_s=settings.timeout_s, **window | options)
    return LlmWriter(
        llm=llm,
        name=llm.model,
        retries=0,  # greedy and in this process: a second try would end as the first
        timeout_s=settings.timeout_s,
        takes_schema=True,
        takes_max_tokens=True,
        reads=settings.reads,
        sleep=sleep,
    )


def _openai(settings: LlmSettings, sleep: Callable[[float], None]) -> LlmWriter:
    if not settings.url:
        raise ConfigError("llm.kind 'openai' needs llm.url, e.g. http://localhost:11434/v1. Add it to footnote.toml.")
    if not settings.model:
        raise ConfigError("llm.kind 'openai' needs llm.model, the model's name on that server. Add it to footnote.toml.")
    url = _base_url(settings.url)
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    from llama_index.llms.openai_like import OpenAILike  # type: ignore[import-untyped]

    arguments: dict[str, Any] = {
        "model": settings.model,
        "api_base": url,
        # Never None: the client would then send OPENAI_API_KEY of the environment to whatever server this is.
        "api_key": key or "none",
        "is_chat_model": True,
        "temperature": 0.0,
        "timeout": settings.timeout_s,
        "max_retries": 0,
    } | settings.options
    secrets = (*secrets_in(settings.options), key, *secrets_of_url(url))
    return LlmWriter(
        llm=_construct(OpenAILike, arguments, secrets),
        name=settings.model,
        retries=settings.retries,
        timeout_s=settings.timeout_s,
        takes_schema=True,
        takes_max_tokens=True,
        reads=settings.reads,
        find_window=lambda: settings.window or _asked_window(settings),
        secrets=tuple(s for s in secrets if s),
        sleep=sleep,
    )


def _asked_window(settings: LlmSettings) -> int | None:
    from qa.llm.servers import window_of

    key = settings.api_key.get_secret_value() if settings.api_key else None
    return window_of(_base_url(settings.url or ""), settings.model or "", key)


def _by_class(settings: LlmSettings, sleep: Callable[[float], None]) -> LlmWriter:
    if not settings.import_path:
        raise ConfigError("llm.kind 'class' needs llm.import_path, e.g. llama_index.llms.anthropic.Anthropic. Add it to footnote.toml.")
    if settings.url:
        raise ConfigError("llm.url belongs to llm.kind 'openai'; give a class its address under its own name in [llm.options].")
    cls = _llm_class(settings.import_path)
    arguments = dict(settings.options)
    if settings.model:
        arguments.setdefault("model", settings.model)
    if settings.api_key:
        arguments.setdefault("api_key", settings.api_key.get_secret_value())
    secrets = tuple(s for s in secrets_in(arguments) if s)
    llm = _construct(cls, arguments, secrets)
    from llama_index.llms.openai import OpenAI

    speaks_openai = isinstance(llm, OpenAI)
    return LlmWriter(
        llm=llm,
        name=settings.model or cls.__name__,
        retries=settings.retries,
        timeout_s=settings.timeout_s,
        takes_schema=speaks_openai,
        takes_max_tokens=speaks_openai,
        reads=settings.reads,
        find_window=lambda: settings.window,
        secrets=secrets,
        sleep=sleep,
    )


def _llm_class(import_path: str) -> type[LLM]:
    import importlib

    from llama_index.core.llms import LLM

    module, _, name = import_path.rpartition(".")
    try:
        cls = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(
            f"llm.import_path must name an installed class: {import_path!r} ({error}). Install its package or mend the path."
        ) from error
    if not (isinstance(cls, type) and issubclass(cls, LLM)):
        raise ConfigError(f"llm.import_path must name a LlamaIndex LLM class: {import_path!r} is not one. Mend the path.")
    return cls


def _construct(cls: type[LLM], arguments: dict[str, Any], secrets: Sequence[str]) -> LLM:
    try:
        return cls(**arguments)
    except Exception as error:  # noqa: BLE001 - a third-party constructor; its message may hold the key, so it is not chained
        reason = scrub(reason_of(error), secrets)
    raise ConfigError(f"llm: {cls.__name__} does not take these settings: {reason}. Mend [llm] and [llm.options] in footnote.toml.")


def _only(options: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    unknown = sorted(set(options) - known)
    if unknown:
        raise ConfigError(f"llm.options for kind 'local' may hold {', '.join(sorted(known))}; got {unknown[0]!r}. Remove it.")
    return dict(options)


def _base_url(url: str) -> str:
    """The URL with `/v1` added when it has no path: the form that OpenAI clients want."""
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError("llm.url must look like http://host:port/v1. Mend it in footnote.toml or FOOTNOTE_LLM__URL.")
    path = parts.path.rstrip("/") or "/v1"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
