"""Hiding a module from an import."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import threading

import pytest

from index.imports import hidden, stubbed
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


def test_a_stub_stands_for_a_module_until_the_end() -> None:
    with stubbed("no_such.part", value=3):
        from no_such.part import value  # type: ignore[import-not-found]
    assert value == 3 and "no_such.part" not in sys.modules
    with stubbed("json", dumps=None):
        import json as again
    assert again is json and json.dumps is not None


@pytest.mark.models
def test_spacy_works_without_torch_and_torch_after_spacy() -> None:
    folder = find_or_skip("en-core-web-sm").path
    code = (
        "import sys; from index.imports import hidden, stubbed\n"
        "with hidden('torch'), stubbed('spacy.cli.info', info=None):\n    import spacy\n"
        "assert not [name for name in sys.modules if name.startswith('spacy.cli')]\n"
        f"doc = spacy.load({str(folder)!r})('Samsung builds a plant in Seoul.')\n"
        "print([e.label_ for e in doc.ents][-1], 'torch' in sys.modules); import torch; print(torch.zeros(1).item())\n"
        "from spacy.cli import info; assert callable(info)"
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
