"""Settings of answering, on top of the index's: the same footnote.toml, the sections [answer] and [llm]."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SecretStr

from index.config import IndexConfig, Section


class AnswerSettings(Section):
    """How an answer is made."""

    candidates: int = Field(default=24, ge=1, le=500, description="passages that are read a second time")
    as_of: str | None = Field(default=None, description="YYYY-MM-DD that 'last June' is counted from; today when absent")


class LlmSettings(Section):
    """Who writes. `none` prints extracts; `local` is the small bundled model; `openai` any OpenAI-compatible URL;
    `class` any LlamaIndex LLM class by its import path."""

    kind: Literal["none", "local", "openai", "class"] = "none"
    model: str | None = None
    url: str | None = None
    api_key: SecretStr | None = None
    import_path: str | None = Field(default=None, description="for kind 'class': package.module.ClassName")
    options: dict[str, Any] = Field(default={}, description="further arguments of that class")
    timeout_s: float = Field(default=60.0, gt=0)
    retries: int = Field(default=2, ge=0, le=10)


class Settings(IndexConfig):
    """Everything that the command line reads."""

    answer: AnswerSettings = AnswerSettings()
    llm: LlmSettings = LlmSettings()
