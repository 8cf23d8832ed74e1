# Every target works first on a fresh clone: Python 3, make and a package index are enough.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.DELETE_ON_ERROR:
.NOTPARALLEL:

# No usage reports, no price list fetched at import, no noise.
export RASA_TELEMETRY_ENABLED = false
export LITELLM_LOCAL_MODEL_COST_MAP = True
export TF_CPP_MIN_LOG_LEVEL = 3
export SQLALCHEMY_SILENCE_UBER_WARNING = 1

# Without compiled files, each start of Rasa takes half a minute.
unexport PYTHONDONTWRITEBYTECODE

# An activated environment elsewhere must not receive what belongs into .venv.
unexport VIRTUAL_ENV

# Public data for the benchmarks of routing; they are skipped where it is absent.
DATA ?= ../shared/data

INSTALLED := .venv/.installed
PYTEST := .venv/bin/pytest

# Run them rather than look for them: a version manager's shim may exist and fail.
UV := $(firstword $(foreach uv,.uv/bin/uv uv,$(shell $(uv) --version >/dev/null 2>&1 && echo $(uv))))
ifeq ($(UV),)
UV := .uv/bin/uv
NEEDS_UV := .uv/bin/uv
endif

# Tests of deadlines, which others beside them would upset.
TIMED := tests/llm tests/routing tests/telemetry

LOCAL_LLM ?= qwen2.5-coder-0.5b

.PHONY: help setup demo test test-unit test-install test-fuzz test-local-llm browser lint docs bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

setup: $(INSTALLED) ## make .venv with all that the lock names, and nothing else

demo: $(INSTALLED) ## set up, train if needed, and play a conversation that crosses both systems
	@.venv/bin/coexist demo

test: lint test-unit browser ## lint, then the unit tests, then those on the real Rasa
	$(PYTEST) -n 2 --dist loadfile -m "integration and not alone and not slow"
	$(PYTEST) -m "integration and alone and not slow"

test-unit: $(INSTALLED) ## the tests that neither train nor run Rasa
	$(PYTEST) -n auto --maxprocesses 4 $(addprefix --ignore=,$(TIMED)) -m "not integration and not slow"
	$(PYTEST) $(TIMED) -m "not integration and not slow"

test-install: $(INSTALLED) ## minutes: the wheel beside a Rasa 3.6.21 made by plain pip, trained there
	$(PYTEST) -m slow tests/install

test-fuzz: $(INSTALLED) ## minutes: parsers on 100,000 made-up cases
	$(PYTEST) -m fuzz

test-local-llm: $(INSTALLED) ## minutes, 0.5 GB: a real small language model on this machine
	LOCAL_LLM=$(LOCAL_LLM) $(PYTEST) -m local_llm tests/local_llm

# One test looks at a report in a real browser; without one it is skipped and says so.
browser:
	@if ! command -v chromium chromium-browser google-chrome >/dev/null && [ "$$(id -u)" = 0 ] \
		&& command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the test of the HTML reports"; \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } \
			>/dev/null 2>&1 || echo "It couldn't be installed: that test will be skipped."; \
	fi

lint: $(INSTALLED) ## ruff and mypy
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

docs: $(INSTALLED) ## write docs/checks.md and docs/plan_checks.md from the code
	.venv/bin/python -m router.checks.docs > docs/checks.md
	.venv/bin/python -m router.planner.checking.docs > docs/plan_checks.md

bench: $(INSTALLED) ## run the benchmarks (or some: ONLY="engine turns") and write their results
	.venv/bin/python -m benchmarks --data $(DATA) $(if $(ONLY),--only $(ONLY))

lock: | $(NEEDS_UV) ## resolve anew and export requirements.lock
	$(UV) lock
	$(UV) export --quiet --frozen --all-extras --all-groups --no-emit-project --no-header \
		--no-annotate --output-file requirements.lock
	@if grep -n '://' requirements.lock; then \
		echo "requirements.lock names a host (above); it must install from any index." >&2; \
		exit 1; \
	fi

clean: ## remove environments, caches and models
	rm -rf .venv .uv .pytest_cache .mypy_cache .ruff_cache .hypothesis .rasa models build dist \
		benchmarks/.cache results bank.sqlite
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.lock pyproject.toml | $(NEEDS_UV)
	@$(UV) python find --quiet --system --no-python-downloads 3.10 >/dev/null 2>&1 \
	|| $(UV) python install 3.10 || { \
		echo "Python 3.10 isn't on this machine and couldn't be downloaded." >&2; \
		echo "Rasa 3.6 runs on no newer one. Install it (for instance with: pyenv install 3.10," >&2; \
		echo "or as your system's python3.10) and run make again." >&2; \
		exit 1; \
	}
	@.venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null \
	|| $(UV) venv --quiet --clear --python 3.10 .venv
	$(UV) pip sync --quiet --python .venv --require-hashes requirements.lock
	$(UV) pip install --quiet --python .venv --no-deps --editable .
	@touch $@

.uv/bin/uv:
	@for python in python3 /usr/bin/python3 python; do \
		if $$python -c 'import venv, ensurepip' >/dev/null 2>&1; then \
			$$python -m venv .uv && .uv/bin/pip install --quiet uv && exit 0; \
			exit 1; \
		fi; \
	done; \
	echo "Neither uv nor a Python 3 that makes virtual environments was found." >&2; \
	echo "Install uv, or Python 3 with its venv module (python3-venv), and run make again." >&2; \
	exit 1
