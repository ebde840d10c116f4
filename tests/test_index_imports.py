"""Hiding a module from an import, and how much each command imports."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from index.imports import hidden, stubbed, when_called
from tests.needs import find_or_skip

ROOT = Path(__file__).parents[1]


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


def test_what_stands_in_a_stub_is_imported_when_it_is_called() -> None:
    with stubbed("no_such.part", dumps=when_called("json", "dumps")):
        from no_such.part import dumps
    assert dumps({"a": 1}, indent=None) == '{"a": 1}'


def test_chroma_is_imported_without_what_it_imports_for_others() -> None:
    code = (
        "import sys; from index.store.vectors import import_chromadb; import_chromadb()\n"
        "print([name for name in ('grpc', 'jsonschema', 'opentelemetry.sdk.metrics', 'httpx._main') if name in sys.modules])\n"
        "from jsonschema import ValidationError; from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter\n"
        "print(ValidationError.__module__, isinstance(OTLPSpanExporter, type))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "jsonschema.exceptions True"]


def test_openvino_is_imported_without_its_converter_until_that_is_called() -> None:
    code = (
        "import sys; from index.models.compiled import import_openvino; ov = import_openvino()\n"
        "print('openvino.tools.ovc' in sys.modules, import_openvino() is ov)\n"
        "try:\n    ov.convert_model('no-such-model.onnx')\nexcept Exception as error:\n    print(type(error).__module__)\n"
        "print('openvino.tools.ovc' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["False True", "openvino.tools.ovc.error", "True"]


def test_a_reader_is_imported_by_the_first_file_that_it_is_for(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Words\n\nThey are read.", encoding="utf-8")
    (tmp_path / "b.html").write_text("<p>Words of a page.</p>", encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from index.formats.load import load_file\n"
        "for name in ('a.md', 'b.html'):\n"
        "    load_file(Path(sys.argv[1]) / name, name, max_bytes=1000)\n"
        "    print([part for part in ('html.page', 'pdf.pages', 'mail.message', 'epub') if f'index.formats.{part}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "['html.page']"]


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


COUNTED = """
import sys
from qa.cli import main
try:
    main()
except SystemExit:
    pass
print(len(sys.modules), *sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
"""
LARGE = """torch transformers sentence_transformers openvino onnxruntime chromadb llama_index spacy trafilatura matplotlib scipy sklearn
    fastapi uvicorn mcp xllamacpp dateparser lingua ray httpx openai tokenizers tantivy lxml""".split()


@pytest.mark.models
@pytest.mark.parametrize(
    ("arguments", "most", "allowed"),
    [
        (["--help"], 430, ""),
        (["list"], 640, ""),
        (["search", "Doosan"], 640, "tantivy"),
        (["index", "examples/kazakhstan-korea"], 720, "tantivy"),  # nothing changed
        (["ask", "Which Korean firms are building plants?", "--no-llm"], 900, "openvino tokenizers tantivy"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_command_imports_what_it_needs_and_no_more(arguments: list[str], most: int, allowed: str, example_db: Path) -> None:
    """Imports are most of what a person waits for at the start. Where a number is passed for a good reason, raise it here."""
    db = [] if arguments == ["--help"] else ["--db", str(example_db)]
    done = subprocess.run([sys.executable, "-c", COUNTED, *arguments, *db], cwd=ROOT, capture_output=True, text=True, check=True)
    number, *names = done.stderr.splitlines()[-1].split()
    assert set(names) & set(LARGE) <= set(allowed.split())
    assert int(number) <= most
