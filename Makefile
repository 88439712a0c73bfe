# Two commands for people: `make run` and `make test`. Each makes all it needs: Python 3.11 and PyPI are enough.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
VENV := .venv
PYTHON := $(VENV)/bin/python
UV := $(VENV)/bin/uv
UV_VERSION := 0.13.9
# Without compiled files Dagster starts in 11 s instead of 5.
unexport PYTHONDONTWRITEBYTECODE

# The oracles are other people's programs, some of them AGPL: their environment stands outside the repository.
ORACLE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/tequio/oracle
ORACLE_HOME := var/oracle
# What Pelican's checks import; Pelican itself is on no package index: PELICAN= names a checkout of its backend.
OF_PELICAN := cachetools==8.0.1 jsonref==1.1.0 phonenumbers==9.0.43 python-dateutil==4.0.0 sentry-sdk==2.75.0 validate-email==1.3
# What the benchmarks compare with, outside the repository as well.
PEERS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/tequio/peers
# Tests of a file share what it builds, so a file stays in one process; the longest ones stand in the middle of the folders,
# where they end before the rest does, while xdist's own order has them last.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: run dev test check check-types check-definitions oracle bench lock clean

run: $(VENV)/.native  ## pull, standardize, check and publish everything from the sandbox portals
	@$(VENV)/bin/tequio run || [ $$? -eq 3 ]

dev: $(VENV)/.native  ## the same with the Dagster UI on http://127.0.0.1:3000
	@$(VENV)/bin/tequio dev

test: $(VENV)/.dev $(VENV)/.native  ## the whole test suite, two files at a time
	$(PYTHON) -m pytest tests $(SIDE_BY_SIDE)

# Types take as long as all the rest: `make --jobs=2 check` does both side by side.
check: check-definitions check-types  ## format, lint, types, declarations, dbt project, Dagster definitions

check-types: $(VENV)/.dev
	$(VENV)/bin/mypy

check-definitions: $(VENV)/.dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/tequio sources check
	$(VENV)/bin/tequio dbt-manifest
	DAGSTER_HOME= $(VENV)/bin/dagster definitions validate -w workspace.yaml

oracle: $(VENV)/.dev $(VENV)/.native $(ORACLE)/.ready  ## our releases against libcoveocds, our field coverage against Cardinal, our rules against Pelican (PELICAN=checkout), over the recordings and a small sandbox
	for portals in sandbox recordings:tests/recordings/shared_data; do \
	  rm -rf $(ORACLE_HOME)/$${portals%%:*}; \
	  TEQUIO_HOME=$(ORACLE_HOME)/$${portals%%:*} TEQUIO_SANDBOX_SCALE=0.1 TEQUIO_PORTALS=$$portals $(VENV)/bin/tequio run || [ $$? -eq 3 ]; \
	done
	$(PYTHON) -m tests.oracle.coverage $(ORACLE)/bin/python $(ORACLE_HOME)/sandbox $(ORACLE_HOME)/recordings
	$(PYTHON) -m tests.oracle.structure $(ORACLE)/bin/python $(ORACLE_HOME)/sandbox $(ORACLE_HOME)/recordings
	$(PYTHON) -m tests.oracle.additional_checks $(ORACLE)/bin/python $(ORACLE_HOME)/sandbox $(ORACLE_HOME)/recordings
	$(if $(PELICAN),$(PYTHON) -m tests.oracle.pelican_coverage $(ORACLE)/bin/python $(PELICAN) $(ORACLE_HOME)/sandbox $(ORACLE_HOME)/recordings)
	$(if $(PELICAN),$(PYTHON) -m tests.oracle.pelican $(ORACLE)/bin/python $(PELICAN) $(ORACLE_HOME)/sandbox $(ORACLE_HOME)/recordings,@echo "PELICAN= names no checkout of pelican-backend: not compared with Pelican")
	$(if $(PELICAN),$(PYTHON) -m tests.oracle.pelican_dataset $(ORACLE)/bin/python $(PELICAN) $(ORACLE_HOME)/sandbox $(ORACLE_HOME)/recordings)

bench: $(VENV)/.native $(PEERS)/.ready $(if $(PELICAN),$(ORACLE)/.ready)  ## every figure of speed and memory (beside Pelican with PELICAN=checkout), one JSON line each; takes 40 minutes and 15 GB of disk
	$(PYTHON) -m tests.benchmarks var/bench --ocdskit $(PEERS)/bin/ocdskit $(if $(PELICAN),--oracle $(ORACLE)/bin/python --pelican $(PELICAN))
	$(PYTHON) -m tests.benchmarks.declarations var/bench

lock:  ## renew the pinned dependencies
	$(UV) pip compile --quiet --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --generate-hashes --no-header --no-annotate --python-version 3.11 --extra dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) var dbt_project/target

$(VENV)/bin/uv:
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet uv==$(UV_VERSION)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/uv
	$(UV) pip install --quiet --python $(PYTHON) --require-hashes --compile-bytecode -r requirements.lock
	$(UV) pip install --quiet --python $(PYTHON) --no-deps -e .
	@touch $@

# What pipelines/native.py compiles; of those it doesn't, a change costs a second.
$(VENV)/.native: $(VENV)/.run pipelines/native.py $(wildcard pipelines/standards/*.py pipelines/standards/repairs/*.py)
	@$(VENV)/bin/tequio native && touch $@ || [ $$? -eq 3 ]

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(UV) pip install --quiet --python $(PYTHON) --require-hashes --compile-bytecode -r requirements-dev.lock
	@touch $@

$(ORACLE)/.ready: Makefile | $(VENV)/bin/uv
	python3 -m venv $(ORACLE)
	$(UV) pip install --quiet --python $(ORACLE)/bin/python libcoveocds==0.17.0 ocdscardinal==0.0.8 $(OF_PELICAN)
	@touch $@

$(PEERS)/.ready: | $(VENV)/bin/uv
	python3 -m venv $(PEERS)
	$(UV) pip install --quiet --python $(PEERS)/bin/python ocdskit==1.7.0
	@touch $@
