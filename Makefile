# The hotline's commands; `make help` lists them. PYTHON names the Python to set up with (3.11 or newer): the
# distribution's where it is new enough, which is built with all optimisations and gets security updates.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell /usr/bin/python3 -c '$(NEW_ENOUGH)' 2>/dev/null && echo /usr/bin/python3 || echo python3)
# Python keeps what it compiled in .venv and in the checkout, also where containers forbid that by habit: without it
# each of the hotline's processes compiles for two seconds of a core whenever it starts.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv/bin
PYTEST_ARGS ?=
# Most tests of whole calls wait for prompts and people: four files beside each other suit two cores.
TEST_PROCESSES ?= 4

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests run test test-postgres bench doctor lint lock update clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## bring what the hotline needs onto this machine
	@command -v $(PYTHON) >/dev/null || { echo "set-up: $(PYTHON) is not on this machine: install Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -m hotline.setup

setup-tests: ## the same, and what the tests need
	@command -v $(PYTHON) >/dev/null || { echo "set-up: $(PYTHON) is not on this machine: install Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -m hotline.setup --tests

run: setup ## set up, then start the hotline in demo mode
	@HOTLINE_DEMO=1 exec $(VENV)/hotline run

test: setup-tests ## set up, then run all tests
	@exec $(VENV)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-postgres: setup-tests ## the tests of the pages and of the programs' interface again, on PostgreSQL
	@TEST_CONSOLE_ON=postgresql exec $(VENV)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile tests/integration/console $(PYTEST_ARGS)

bench: setup-tests ## set up, then measure; figures go to bench/results/
	@exec $(VENV)/python -m bench

doctor: ## every part, its version, where it came from, and whether it is well
	@if [ -x $(VENV)/hotline ]; then exec $(VENV)/hotline doctor; else echo "doctor: nothing is set up yet: run make setup."; exit 1; fi

lint: setup-tests ## style and types
	@$(VENV)/ruff format --check . && $(VENV)/ruff check . && $(VENV)/mypy

lock: setup-tests ## pin the newest packages that pyproject.toml allows
	@$(VENV)/python -m hotline.setup.lock

update: ## newer parts: forget those unpacked for this and every other checkout, then set up again
	@$(PYTHON) -m hotline.setup --renew

clean: ## remove what set-up and tests made in this checkout; data in .hotline/run and the shared cache stay
	@rm -rf .venv .hotline/bin .hotline/parts.json .hotline/setup.* .hotline/fonts.conf .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results
	@find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
