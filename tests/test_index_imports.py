"""Hiding a module from an import."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import threading

import pytest

from index.imports import hidden
from tests.needs import find_or_skip


def test_a_hidden_module_cannot_be_imported_until_the_end() -> None:
    name = "this"
    sys.modules.pop(name, None)
    with hidden(name), pytest.raises(ImportError):
        __import__(name)
    assert name not in sys.modules
    with pytest.raises(KeyError), hidden(name):
        raise KeyError
    assert name not in sys.modules


def test_a_module_that_is_here_already_stays() -> None:
    with hidden("json"):
        import json as again
    assert again is json is sys.modules["json"]


@pytest.mark.models
def test_spacy_works_without_torch_and_torch_after_spacy() -> None:
    folder = find_or_skip("en-core-web-sm").path
    code = (
        "import sys; from index.imports import hidden\n"
        "with hidden('torch'):\n    import spacy\n"
        f"doc = spacy.load({str(folder)!r})('Samsung builds a plant in Seoul.')\n"
        "print([e.label_ for e in doc.ents][-1], 'torch' in sys.modules); import torch; print(torch.zeros(1).item())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["GPE", "False", "0.0"]


def test_other_threads_find_the_module_meanwhile() -> None:
    name = "this"
    sys.modules.pop(name, None)
    found: list[object] = []
    with hidden(name):
        other = threading.Thread(target=lambda: found.append(importlib.import_module(name)))
        other.start()
        other.join()
    assert found == [sys.modules[name]]
