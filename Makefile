# The commands of this project. Each prepares what it needs first; that is quick when there is nothing to do.
# Another Python than the one found: make run PYTHON=/path/to/python3.12

VENV := .venv
PY := $(VENV)/bin/python
export VENV
# How many tests run beside one another: make tests WORKERS=4
WORKERS := 2
# The Pythons of `make test-all`
PYTHONS := 3.11 3.12 3.13
CHECKED := engine app tests tools benchmarks main.py

.DEFAULT_GOAL := run
.PHONY: run test test-all wheel lock venv screen lint format types imports tests coverage soak bench gallery clean

screen:
	@PYTHON="$(PYTHON)" sh tools/prepare.sh run

venv:
	@PYTHON="$(PYTHON)" sh tools/prepare.sh test

run: screen
	@$(PY) main.py $(or $(ARGS),studio --sample)

# Everything that must be green, cheapest first.
test: venv
	@$(MAKE) --no-print-directory lint types imports tests coverage

# The tests on each supported Python, in an environment of its own with the wheel and its locked dependencies installed.
test-all:
	@set -e; for version in $(PYTHONS); do \
		echo "Python $$version"; \
		$(MAKE) --no-print-directory wheel VENV=.venv-$$version PYTHON=python$$version; \
		$(MAKE) --no-print-directory tests VENV=.venv-$$version PYTHON=python$$version; \
	done

# The wheel in dist/, installed into the environment and started from there.
wheel: venv
	$(PY) -m pip wheel --quiet --no-deps --no-build-isolation --disable-pip-version-check --wheel-dir dist .
	$(PY) -m pip install --quiet --no-deps --no-index --force-reinstall --disable-pip-version-check dist/sojourn-*.whl
	cd / && "$(CURDIR)/$(VENV)/bin/sojourn" --version && "$(CURDIR)/$(VENV)/bin/sojourn" doctor
	$(PY) -m pip uninstall --quiet --yes sojourn

# requirements.lock: every package with its hashes, for all supported Pythons.
lock: venv
	$(PY) -m uv pip compile --quiet --group dev pyproject.toml --output-file requirements.lock \
		--custom-compile-command "make lock. Install: pip install --no-deps --require-hashes -r requirements.lock"

lint: venv
	$(PY) -m ruff check $(CHECKED)
	$(PY) -m ruff format --check $(CHECKED)

format: venv
	$(PY) -m ruff format $(CHECKED)
	$(PY) -m ruff check --fix $(CHECKED)

types: venv
	$(PY) -m mypy $(CHECKED)

imports: venv
	$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

tests: venv
	$(PY) -m coverage erase
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report= $(ARGS)

# The language and the core are the meaning of a journey: every branch of them is tried.
coverage: venv
	$(PY) -m coverage report --include='engine/expression/*,engine/core/*,engine/activities/*' --fail-under=100
	$(PY) -m coverage report --fail-under=85

bench: venv
	@$(PY) main.py bench $(ARGS)

soak: venv
	@$(PY) -m benchmarks.soak $(ARGS)

gallery: venv
	@QT_QPA_PLATFORM=offscreen $(PY) -m benchmarks.gallery $(ARGS)

clean:
	rm -rf .venv .venv-* build dist *.egg-info .coverage .coverage.* htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
