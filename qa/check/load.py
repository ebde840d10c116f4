"""The judge that the settings name: the one that ships, a folder made by `eval.train.export`, or any cross-encoder; 'none' is none."""

from __future__ import annotations

from pathlib import Path

from index.models.registry import find_spec
from qa.check.judge import Judge, ModelJudge
from qa.config import Settings
from qa.read.load import SHA256
from qa.read.shipped import open_shipped


def load_judge(settings: Settings) -> Judge | None:
    """Open the judge, None for 'none'. Raises `ModelMissing`, or `ModelError` when it cannot be opened."""
    name = settings.models.judge
    if name == "none":
        return None
    spec = find_spec(name)
    if spec is not None and spec.role == "judge":
        return ModelJudge(*open_shipped(settings, "judge", SHA256, graph="reader"))  # the same network with other weights
    if (Path(name).expanduser() / "judge.xml").is_file():
        return ModelJudge(*open_shipped(settings, "judge", {}))
    from qa.check.cross_encoder import load_cross_encoder

    return load_cross_encoder(name, None if settings.models.device == "auto" else settings.models.device)
