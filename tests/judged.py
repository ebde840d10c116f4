"""The judge that ships, opened once for all tests."""

from __future__ import annotations

from functools import lru_cache

from index.config import load_settings
from qa.check.judge import Judge
from qa.check.load import load_judge
from qa.config import Settings


@lru_cache(maxsize=1)
def shipped() -> Judge:
    """The default judge."""
    judge = load_judge(load_settings(Settings))
    assert judge is not None
    return judge
