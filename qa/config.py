"""Settings of answering, on top of the index's: the same footnote.toml, the sections [answer] and [llm]."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr

from index.config import HomePath, IndexConfig, Section


class AnswerSettings(Section):
    """How an answer is made."""

    candidates: int = Field(default=24, ge=1, le=500, description="passages that are found for a question and read a second time")


class LlmSettings(Section):
    """Who reads the passages and writes. `none` prints extracts; `local` is a GGUF file in this process; `openai` any OpenAI-compatible
    URL; `class` any LlamaIndex LLM class by its import path."""

    kind: Literal["none", "local", "openai", "class"] = Field(default="none", description="who writes; 'none': the documents' sentences")
    model: str | None = Field(default=None, description="its name on the server; for 'local' the path of a GGUF file")
    url: str | None = Field(default=None, description="for kind 'openai': address of the server: http://HOST:PORT/v1")
    api_key: SecretStr | None = Field(default=None, description="key that the server or the class wants")
    import_path: str | None = Field(default=None, description="for kind 'class': package.module.ClassName")
    options: dict[str, Any] = Field(default={}, description="further arguments of the class, or of the server's client")
    window: int | None = Field(default=None, ge=1024, description="tokens that it takes at once; unset: as the server says, else 4096")
    reads: bool | None = Field(default=None, description="whether it can answer from passages; unset: asked by three test questions")
    timeout_s: float = Field(default=120.0, gt=0, description="longest wait for one answer of the model, in seconds")
    retries: int = Field(default=2, ge=0, le=10, description="further attempts after one that failed; the local model has none")


class UploadSettings(Section):
    """Documents that are added on the page or through the API of `footnote serve`. How large one may be: `index.max_file_mb`."""

    folder: HomePath | None = Field(
        default=None, description="where they are kept; unset: beside the index, for `.footnote` in `footnote-files`"
    )
    quota_mb: float = Field(default=10_000.0, gt=0, description="how much the folder may hold; more is refused")


class Settings(IndexConfig):
    """Everything that the command line reads."""

    answer: AnswerSettings = AnswerSettings()
    llm: LlmSettings = LlmSettings()
    uploads: UploadSettings = UploadSettings()

    @property
    def files(self) -> Path:
        """The folder that uploaded documents are kept in."""
        path = self.store.path
        return self.uploads.folder or path.with_name(f"{path.name.lstrip('.') or 'footnote'}-files")
