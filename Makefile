# Everything happens in .venv, made from the lock; `make help` lists the targets.
VENV := .venv
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
# What a run needs is half of what the tests need; whoever has all of it has that too.
RUNS := $(firstword $(wildcard $(INSTALLED)) $(VENV)/.runs)
INPUT ?= examples/inbox examples/region/inbox
OUT ?= artifacts
ARTICLES ?= examples/inbox/articles.jsonl
KILLS ?= 50
RUNS ?= 1 7 60
LOCK ?= requirements.txt
.DEFAULT_GOAL := help
# The environment is installed without bytecode; where no process may write it, each of hundreds would compile it again.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run test search lint ui docs bench soak splits audit sbom lock clean reliability

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 8

run: $(RUNS) ## run the Prefect flow on the example articles and print what was found (INPUT=..., OUT=...)
	@$(RUN) -m dedup run $(INPUT) --out $(OUT)

test: $(INSTALLED) ## run the tests, a file at a time on each core
	@$(RUN) -m pytest -q --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

search: $(INSTALLED) ## run the property tests with 2,000 fresh examples each
	@HYPOTHESIS_PROFILE=search $(RUN) -m pytest -q --numprocesses auto --maxprocesses 4 $$(grep -rl --include='*.py' 'from hypothesis' tests)

lint: $(INSTALLED) ## check style, format and types
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

ui: ## build the library of the charts from ui/ (needs npm)
	@npm --prefix ui ci --silent && npm --prefix ui run --silent build

docs: $(INSTALLED) ## build the documentation into site/, to be read from the disk
	@NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict
	@echo "Documentation: site/index.html"

bench: $(INSTALLED) ## measure the seconds of each stage
	@$(RUN) benchmarks/stages.py

reliability: $(INSTALLED) ## cause every fault often (500 kills among them) and write docs/reliability.md (half an hour, and hours for 200 runs; ended, it goes on where it was)
	@$(RUN) tests/faults/reliability.py
	@DEDUP_SLOW=1 $(RUN) -m pytest -q tests/flows/test_engines.py

soak: $(INSTALLED) ## kill 50 runs at random moments and compare the tables (ARTICLES=file.jsonl, KILLS=50)
	@$(RUN) benchmarks/soak.py --kills $(KILLS) $(ARTICLES)

splits: $(INSTALLED) ## give articles in 1, 7 and 60 runs, by date and shuffled, and compare the tables (ARTICLES=, RUNS=)
	@$(RUN) benchmarks/splits.py $(ARTICLES) --runs $(RUNS)

audit: $(INSTALLED) ## look the locked packages up among known vulnerabilities (asks the package index)
	@$(RUN) .ci/audit.py $(LOCK)

sbom: $(INSTALLED) ## write build/sbom.json: every installed package with its licence, CycloneDX
	@$(RUN) .ci/sbom.py build/sbom.json

lock: ## choose newer versions only where pyproject.toml asks for them (UPGRADE=--upgrade: everywhere), with hashes
	@test -x $(RUN) || python3 -m venv $(VENV)
	@$(RUN) -m uv --version >/dev/null 2>&1 || $(RUN) -m pip --disable-pip-version-check install --quiet uv
	@$(RUN) -m uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command 'make lock' $(UPGRADE) --quiet --output-file requirements.txt
	@$(RUN) -m uv pip compile pyproject.toml --extra run --constraint requirements.txt --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command 'make lock' \
	  --quiet --output-file requirements-run.txt

clean: ## remove the environment, the caches and the outputs of runs
	rm -rf $(VENV) ui/node_modules ui/build build dist site .pytest_cache .hypothesis .ruff_cache .mypy_cache *.egg-info artifacts/latest artifacts/snapshots artifacts/store artifacts/.work artifacts/.lock
	find dedup flows tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.txt pyproject.toml
	@$(call install,requirements.txt)

$(VENV)/.runs: requirements-run.txt pyproject.toml
	@$(call install,requirements-run.txt)

# Bytecode is left to the first import: a third of the time, and most modules are never imported.
define install
set -e; \
for python in "$(PYTHON)" python3 python3.13 python3.12 python3.11; do \
  if [ -n "$$python" ] && $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
done; \
if [ -z "$$found" ]; then \
  echo "dedup needs Python 3.11 or newer; found: $$(python3 --version 2>&1 || true). Install one, or name it: make PYTHON=/path/to/python" >&2; exit 1; \
fi; \
echo "Making $(VENV) with $$($$found --version) (a minute or two, once)" >&2; \
$$found -m venv $(VENV) || { \
  echo "Python's venv module does not work here; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
$(RUN) -m pip --disable-pip-version-check install --quiet --no-compile --no-deps --require-hashes --requirement $(1); \
PYTHONWARNINGS=ignore $(RUN) -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .; \
$(RUN) -m compileall -q dedup flows; \
touch $@
endef
