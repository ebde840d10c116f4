"""Findings about this installation: Python, packages, models, switches, disk, index. Nothing is changed.

Each finding says what is there and, when something is wrong, the exact command that mends it.
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index.catalog.tables import connect, open_for_reading, read_meta
from index.config import IndexConfig
from index.errors import FootnoteError, ModelMissing, NoIndex
from index.models.registry import DEFAULT_MODELS, ModelSpec, find_spec, install_command, locate, user_cache, verify_checksum
from index.offline import telemetry_report
from index.redact import redacted_url
from index.store.roots import noted_roots

State = Literal["ok", "note", "problem"]
_ROOT = Path(__file__).parents[1]
_LOW_DISK = 1e9
_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?(?P<versions>[^;]*)(?:;.*extra\s*==\s*['\"](?P<extra>[^'\"]+)['\"])?")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. A "problem" keeps something from working; a "note" does not. `fix` is a command, or empty."""

    subject: str
    state: State
    detail: str
    fix: str = ""


def examine(settings: IndexConfig) -> list[Finding]:
    """Look at everything, in the order in which it should be mended. Hashes the models when they have changed."""
    return [*_python(), *_packages(), *_models(settings), *_switches(), *_disk(settings), *_index(settings)]


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield Finding("python", "ok" if good else "problem", f"{version}, {sys.executable}", "" if good else "make setup PYTHON=python3.11")


def _packages() -> Iterator[Finding]:
    wanted: dict[str, list[str]] = {}
    for line in _requirements():
        match = _REQUIREMENT.match(line)
        if match:
            wanted.setdefault(match["extra"] or "", []).append(match["name"] + match["versions"].replace(" ", ""))
    for extra, requirements in wanted.items():
        if extra == "dev":
            continue
        misses = [requirement for requirement in requirements if not _satisfied(requirement)]
        here = ", ".join(_version_of(r) for r in requirements if r not in misses)
        fix = f"{sys.executable} -m pip install {' '.join(repr(miss) for miss in misses)}" if misses else ""
        subject = f"extra [{extra}]" if extra else "packages"
        yield Finding(subject, "ok" if not misses else "note" if extra else "problem", here or "none", fix)


def _requirements() -> list[str]:
    """What footnote asks for, of the installed package or of the source tree that runs."""
    try:
        return importlib.metadata.requires("footnote") or []
    except importlib.metadata.PackageNotFoundError:
        project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        extras = project["optional-dependencies"].items()
        return [*project["dependencies"], *(f"{line}; extra == '{extra}'" for extra, lines in extras for line in lines)]


def _satisfied(requirement: str) -> bool:
    from packaging.requirements import Requirement

    wanted = Requirement(requirement)
    try:
        return wanted.specifier.contains(importlib.metadata.version(wanted.name), prereleases=True)
    except importlib.metadata.PackageNotFoundError:
        return False


def _version_of(requirement: str) -> str:
    name = re.split(r"[<>=!~\[ ]", requirement, maxsplit=1)[0]
    return f"{name} {importlib.metadata.version(name)}"


def model_finding(name: str, needed: bool) -> Finding:
    """Where a model is and whether its checksum is the pinned one."""
    spec = find_spec(name)
    try:
        files = locate(name)
        checksum = verify_checksum(files)
    except FootnoteError as error:
        said, _, fix = str(error).partition(" Run: ")
        state: State = "problem" if needed or not isinstance(error, ModelMissing) else "note"
        return Finding(f"model {name}", state, said, fix)
    detail = (
        f"{spec.role}, {spec.wheel} {spec.version}, sha256 {checksum[:8]} as pinned" if spec else f"{files.path}, sha256 {checksum[:8]}"
    )
    return Finding(f"model {name}", "ok", detail)


def named_models(settings: IndexConfig) -> list[str]:
    """The models that the settings name, each once."""
    models = settings.models
    return [name for name in dict.fromkeys((models.embedder, models.second, models.reader, models.judge)) if name != "none"]


def needed_models(settings: IndexConfig) -> list[str]:
    """The models that the settings name, then the other defaults."""
    named = named_models(settings)
    known = {spec.name for spec in map(find_spec, named) if spec}
    return [*named, *(spec.name for spec in DEFAULT_MODELS if spec.name not in known)]


def _models(settings: IndexConfig) -> Iterator[Finding]:
    named = named_models(settings)
    for name in needed_models(settings):
        yield model_finding(name, name in named)


def _switches() -> Iterator[Finding]:
    off = [name for name, in_force in telemetry_report().items() if not in_force]
    detail = f"not in force: {', '.join(off)}" if off else "no library downloads or reports anything"
    yield Finding("offline", "problem" if off else "ok", detail, f"unset {' '.join(off)}" if off else "")


def _disk(settings: IndexConfig) -> Iterator[Finding]:
    folder = settings.store.path.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    low = free < _LOW_DISK
    yield Finding(
        "disk", "note" if low else "ok", f"{free / 1e9:.1f} GB free at {folder}; cache {user_cache()}", f"df -h {folder}" if low else ""
    )


def _index(settings: IndexConfig) -> Iterator[Finding]:
    from index.health.checkup import check_index

    folder = settings.store.path
    if settings.store.url:
        yield _server(settings)
    try:
        faults = check_index(settings)
        if not faults:
            with closing(connect(open_for_reading(folder))) as connection:
                facts = read_meta(connection)
                count = connection.execute("SELECT count(*) FROM documents").fetchone()[0]
            yield Finding("index", "ok", f"{folder}: {count} documents, embedder {facts.get('embedder', 'none yet')}")
    except NoIndex as error:
        if noted_roots(folder):
            yield Finding("index", "problem", str(error).partition(". Run: ")[0], f"footnote doctor --mend --db {folder}")
        else:
            yield Finding("index", "note", f"none at {folder} yet", f"footnote index FOLDER --db {folder}")
    except FootnoteError as error:
        said, _, fix = str(error).partition(": footnote ")
        yield Finding("index", "problem", said, f"footnote {fix}" if fix else "")
    else:
        yield from (
            Finding("index", "problem", f"{fault.part}: {fault.detail}", f"footnote doctor --mend --db {folder}") for fault in faults
        )


def _server(settings: IndexConfig) -> Finding:
    from index.store.chroma_server import check_server

    try:
        check_server(settings.store)
    except FootnoteError as error:
        said, _, fix = str(error).partition(". ")
        return Finding("vectors", "problem", said, fix)
    return Finding("vectors", "ok", f"Chroma server {redacted_url(settings.store.url or '')} answers")


def describe(spec: ModelSpec) -> dict[str, str]:
    """A default model as plain data, for `footnote models`."""
    return {
        "name": spec.name,
        "role": spec.role,
        "model": spec.hub_name,
        "wheel": f"{spec.wheel} {spec.version}",
        "licence": spec.licence,
        "sha256": spec.sha256,
        "install": install_command(spec),
    }
