"""The wheel as a user gets it: built, installed into an environment of its own, and used away from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.needs import requires_models

ROOT = Path(__file__).parents[1]
PACKAGES = ("index", "qa", "eval")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(out)!r})"
    source = out / "source"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git checkout, so it is not known which files belong to it")
    for name in tracked.stdout.decode().split("\0"):
        if name.split("/")[0] in {*PACKAGES, "pyproject.toml", "README.md", "LICENSE"} and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    done = subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (made,) = out.glob("*.whl")
    return made


def test_it_holds_every_file_that_the_packages_use(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    used = {n for n in tracked if n.startswith(("qa/web/static/", "qa/read/weights/", "index/")) and (ROOT / n).is_file()}
    assert used <= inside, sorted(used - inside)
    assert not [n for n in inside if n.startswith(("tests/", "eval/bench/"))]


@pytest.mark.models
@requires_models
def test_it_answers_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index", str(wheel)], check=True
    )
    # The dependencies are those of this environment; a plain path, so that its own editable install is not followed.
    (site,) = home.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "yard.txt").write_text("The shipyard in Valdivia employs 410 people.\n", encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

    def footnote(*arguments: str) -> str:
        command = [str(home / "bin" / "footnote"), *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = subprocess.run([python, "-c", "import qa; print(qa.__file__)"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert where.stdout.startswith(str(home))
    footnote("index", "docs")
    answer = json.loads(footnote("ask", "How many people does the shipyard employ?", "--json", "--no-llm"))
    assert "410" in answer["answer"]
