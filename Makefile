# The commands of this project. Each prepares what it needs first; that is quick when there is nothing to do.
# Another Python than the one found: make run PYTHON=/path/to/python3.12

PY := .venv/bin/python
# How many tests run beside one another: make tests WORKERS=4
WORKERS := 2
CHECKED := engine app tests tools benchmarks main.py

.DEFAULT_GOAL := run
.PHONY: run test venv screen lint format types imports tests coverage soak bench gallery clean

screen:
	@PYTHON="$(PYTHON)" sh tools/prepare.sh run

venv:
	@PYTHON="$(PYTHON)" sh tools/prepare.sh test

run: screen
	@$(PY) main.py $(ARGS)

# Everything that must be green, cheapest first.
test: venv
	@$(MAKE) --no-print-directory lint types imports tests coverage

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
	rm -rf .venv .coverage .coverage.* htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
