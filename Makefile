# Two commands are all that a new user needs: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY := false
export DO_NOT_TRACK := 1

.PHONY: help install run test check lint slow mutants performance image ui clean sample

help:
	@echo "make run          install, make 12 certified benchmarks, show them"
	@echo "make test         install, run the tests"
	@echo "make check        what CI runs: lint, types, layers, tests"
	@echo "make slow         the full figures, resumable; writes docs/figures.md"
	@echo "make mutants      one-line faults, each of which must turn a test red"
	@echo "make performance  the timing scripts"
	@echo "make image        the sandbox's container images: BASE=image with Python, or ROOTFS=tar of a root file system"
	@echo "make sample       make the sample of the data sets, data/sample, anew"
	@echo "make ui           Prefect's pages over the runs of this workspace"

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml deployments/install-system.sh
	bash deployments/install-system.sh
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { echo "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 3; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --no-deps --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $(STAMP)

# The key of the hidden draws is fixed here so that everybody sees the same figures; without it each installation draws its own.
run: $(STAMP)
	WORKPIECE_JUDGE_KEY=00112233445566778899aabbccddeeff $(BIN)/workpiece run --count 12 --seed 7

# The store is tested on Postgres too: root installs it; without it these tests are skipped, but fail where CI=true.
# Two processes take whole files in turn, because tests of a file share what is costly; flows, which take longest, begin early.
test: $(STAMP)
	test "$$(id -u)" != 0 || bash deployments/install-system.sh postgresql podman runc catatonit docker-compose
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow" --durations=10

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

slow: $(STAMP)
	test "$$(id -u)" != 0 || bash deployments/install-system.sh chromium
	$(BIN)/python -m performance.figures

mutants: $(STAMP)
	$(BIN)/python -m performance.mutants

performance: $(STAMP)
	for script in pipeline physics collision manufacturing sandbox commands exports records; do $(BIN)/python -m performance.$$script || exit 1; done

# Needs an engine (DOCKER_HOST). Without a registry: `bash deployments/base.sh base.tar && make image ROOTFS=base.tar`.
image: $(STAMP)
	$(BIN)/python -m sandbox.image $(if $(BASE),--base $(BASE)) $(if $(ROOTFS),--files $(ROOTFS))

# What README's first query and the notebook read.
sample: $(STAMP)
	rm -rf workspace/sample data/sample
	WORKPIECE_WORKSPACE=workspace/sample $(MAKE) run
	cp -r workspace/sample/datasets data/sample
	rm data/sample/.lock

ui: $(STAMP)
	$(BIN)/workpiece ui

clean:
	rm -rf .venv workspace .mypy_cache .ruff_cache .pytest_cache
