"""What a test needs beyond the repository, and how it skips without."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import ModelMissing
from index.models.registry import DEFAULT_MODELS, ModelFiles, locate

SHARED = Path(__file__).parents[2] / "shared"


def find_or_skip(name: str) -> ModelFiles:
    """A default model's files; skips the test when its wheel is not installed."""
    try:
        return locate(name)
    except ModelMissing as missing:
        pytest.skip(str(missing))


def _installed(name: str) -> bool:
    try:
        locate(name)
    except ModelMissing:
        return False
    return True


requires_models = pytest.mark.skipif(
    not all(_installed(spec.name) for spec in DEFAULT_MODELS), reason="the model wheels are not installed (requirements-models.txt)"
)
requires_parser = pytest.mark.skipif(
    not _installed("en-core-web-sm"), reason="the English parser is not installed (requirements-models.txt)"
)
