"""Settings of the index: footnote.toml, overridden by FOOTNOTE_* variables, overridden by flags.

`qa.config` adds the sections that answering needs; both read the same file.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError, TomlConfigSettingsSource

from index.errors import ConfigError
from index.redact import redacted

CONFIG_FILE = "footnote.toml"


class Section(BaseModel):
    """A section of footnote.toml: unknown options are refused, never ignored."""

    model_config = ConfigDict(extra="forbid", validate_default=True)


HomePath = Annotated[Path, AfterValidator(Path.expanduser)]
"""A path that may begin with `~`."""


class StoreSettings(Section):
    """Where the index lives."""

    path: HomePath = Field(default=Path(".footnote"), description="folder of the catalog and of the embedded Chroma")
    url: str | None = Field(default=None, description="a Chroma server instead of the embedded one: http://HOST:PORT")
    tenant: str = Field(default="default_tenant", description="tenant on that server; made when it is missing")
    database: str = Field(default="default_database", description="database of that tenant; made when it is missing")
    token: SecretStr | None = Field(default=None, description="sent to the server as X-Chroma-Token and as a bearer token")
    ca: HomePath | None = Field(default=None, description="PEM file of the authority behind the server's certificate, if it is your own")
    timeout_s: float = Field(default=30.0, gt=0, description="longest wait for an answer of the server, in seconds")


class FieldSettings(Section):
    """Which column (key) of CSV and JSON Lines records holds what; where absent, the column's name decides."""

    text: str | None = Field(default=None, description="column of the running text")
    title: str | None = Field(default=None, description="column of the title")
    date: str | None = Field(default=None, description="column of the day of publication")
    author: str | None = Field(default=None, description="column of the author")
    publisher: str | None = Field(default=None, description="column of the publisher")
    language: str | None = Field(default=None, description="column of the language, as a code like 'en'")


class IndexSettings(Section):
    """How documents become chunks."""

    chunk_tokens: int = Field(default=160, ge=16, le=8192, description="token budget of a chunk, counted by the embedder's tokenizer")
    max_file_mb: float = Field(default=100.0, gt=0, description="larger files, and archives that unpack to more, are reported and skipped")
    max_zip_ratio: int = Field(default=200, ge=1, description="archives with a member compressed more often than this are skipped as bombs")
    max_zip_members: int = Field(default=10_000, ge=1, description="archives with more members are reported and skipped")
    max_file_seconds: float = Field(
        default=60.0, gt=0, description="processor time for reading a file, and 20 s more for each of its megabytes; then it is reported"
    )
    max_file_memory_mb: int = Field(
        default=2000, ge=200, description="memory for reading a file, and 40 MB more for each of its megabytes; then it is reported"
    )
    fields: FieldSettings = FieldSettings()


class ModelSettings(Section):
    """Which models read text. Names from `footnote models`, a sentence-transformers name, or a path."""

    embedder: str = Field(default="all-minilm-l6-v2", description="embedder that indexes the documents; another one means another index")
    second: str = Field(default="bge-small-en-v1.5", description="embedder that reads the best passages again; 'none' for no one")
    reader: str = Field(default="footnote-reader", description="reader that finds evidence: the one that ships, or a folder with one")
    judge: str = Field(
        default="footnote-judge",
        description="judge of what a language model wrote: a folder of `eval.train.export`, a cross-encoder (NLI or one output), or 'none'",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="where models run; 'auto' takes a CUDA device that works")
    threads: int = Field(default=0, ge=0, description="CPU threads of the models; 0 takes all cores")


class IndexConfig(BaseSettings):
    """The sections that `index` uses."""

    model_config = SettingsConfigDict(
        env_prefix="FOOTNOTE_", env_nested_delimiter="__", toml_file=CONFIG_FILE, extra="ignore", validate_default=True
    )

    store: StoreSettings = StoreSettings()
    index: IndexSettings = IndexSettings()
    models: ModelSettings = ModelSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then environment, then footnote.toml."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


S = TypeVar("S", bound=IndexConfig)


def load_settings(cls: type[S], flags: dict[str, Any] | None = None) -> S:
    """Read the settings of `cls`; `flags` are nested keys that win over everything ({"store": {"path": ...}}).

    Raises `ConfigError` with one line for the first value that breaks a rule or the first unknown section or option.
    """
    _refuse_unknown_sections(cls)
    try:
        return cls(**(flags or {}))
    except ValidationError as error:
        raise ConfigError(_first_problem(error)) from error
    except SettingsError as error:
        raise ConfigError(f"a FOOTNOTE_* variable that holds a table must be valid JSON: {error}. Mend it or unset it.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{CONFIG_FILE} must be valid TOML: {error}. Mend that line.") from error


def _refuse_unknown_sections(cls: type[IndexConfig]) -> None:
    known = sorted(cls.model_fields)
    names: list[tuple[str, str]] = []
    path = Path(CONFIG_FILE)
    if path.is_file():
        try:
            names += [(CONFIG_FILE, key) for key in tomllib.loads(path.read_text(encoding="utf-8"))]
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{CONFIG_FILE} must be valid TOML: {error}. Mend that line.") from error
    own = {"FOOTNOTE_TOKEN", "FOOTNOTE_UPLOAD_TOKEN"}
    names += [
        (name, name.removeprefix("FOOTNOTE_").split("__")[0].lower())
        for name in os.environ
        if name.startswith("FOOTNOTE_") and name not in own
    ]
    for where, key in names:
        if key not in known:
            raise ConfigError(f"{where}: unknown section {key!r}; known sections: {', '.join(known)}. Remove or rename it.")


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    name = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        variable = f"FOOTNOTE_{name.upper().replace('.', '__')}"
        return f"unknown option {name!r} in {CONFIG_FILE} or {variable}. Remove or rename it ('footnote status' lists the options)."
    return f"option {name!r}: {problem['msg']}, got {redacted(problem.get('input'), name)!r}. Mend it in {CONFIG_FILE} or the environment."
