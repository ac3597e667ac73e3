# make run     build the environment and run the baseline scenario
# make test    build the environment and run the tests
# The others: test-slow, browser, verification, lint, docs, figures, over-rules, bench, bounds, wheel, lock, clean.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.relsim-built
SCENARIO ?= us-russia-2021
# It reaches the recipes by the environment, as it was typed: with spaces, quotes and dollars.
override SCENARIO := $(value SCENARIO)
export SCENARIO
# Tests start many processes; each would compile all of relsim, and the tests themselves, anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := run
.PHONY: run env test test-slow browser verification lint docs figures over-rules bench bounds wheel lock clean

# Takes the place of the result that it made of this scenario before, and of nothing else.
run: $(STAMP)
	@$(BIN)/relsim run --replace --report -- "$$SCENARIO"

env: $(STAMP)

# The lock holds the build backend too, so nothing outside it is fetched. Python compiles what is used,
# when it is first used: compiling every package would take as long as installing it.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("relsim needs Python 3.11 or newer, $(PYTHON) is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@echo "Building the environment in $(VENV) (once; a minute or two) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --no-deps --no-build-isolation --editable .
	@touch $@

test: $(STAMP)
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist worksteal

test-slow: $(STAMP)
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist worksteal -m slow

# Chromium, Playwright and axe-core, which the tests in tests/browser need: they skip without them.
browser: $(STAMP)
	@.ci/browser

# Every check against an exact answer, with its numbers; they go into docs/verification.md, too.
verification: $(STAMP)
	@$(BIN)/python -m tests.verification --write

# All three speak, whatever the others find.
lint: $(STAMP)
	@code=0; $(BIN)/ruff check . || code=1; $(BIN)/ruff format --check . || code=1; \
		$(BIN)/mypy || code=1; exit $$code

# Pages of names that have moved would stay, and be warned of. The long pages' code and the examples run here.
docs: $(STAMP)
	@rm -rf docs/generated docs/_build
	@$(BIN)/python -m docs.build
	@$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 -m slow \
		tests/docs/test_code_blocks.py tests/docs/test_examples.py \
		tests/docs/test_tables_of_guides.py::test_the_guide_shows_what_the_example_prints
	@echo "docs/_build/html/index.html"

figures: $(STAMP)
	@$(BIN)/relsim run --replace --out relsim-out/docs-figures -- "$$SCENARIO"
	@$(BIN)/python -m docs.pages.learned relsim-out/docs-learned
	@$(BIN)/python docs/shrink.py relsim-out/docs-figures/figures docs/figures
	@$(BIN)/python docs/shrink.py relsim-out/docs-learned docs/figures

# The range of the headline over decision rules that relsim brings; anew when the scenario changes.
over-rules: $(STAMP)
	@$(BIN)/python -m docs.over_rules

# Some minutes on a quiet machine; the page of performance is made of what it finds.
bench: $(STAMP)
	@$(BIN)/python -m benchmarks; code=$$?; $(BIN)/python -m docs.pages.performance relsim-out/bench.jsonl; exit $$code

# Unit and CLI tests on the lowest and newest versions, on each Python of this machine. To choose:
# make bounds BOUNDS="3.11-lowest 3.13-newest -- tests/unit"
bounds: $(STAMP)
	@$(BIN)/python -m tests.bounds $(BOUNDS)

wheel: $(STAMP)
	@$(BIN)/python -m build --no-isolation --outdir dist .

# Pins what pyproject.toml asks for; versions that already stand in the lock stay unless they must move.
lock: $(STAMP)
	@$(BIN)/pip-compile --quiet --extra dev --extra docs --strip-extras --no-annotate --no-header \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file requirements.lock pyproject.toml

# Results stay: they may have taken hours.
clean:
	@rm -rf $(VENV) dist docs/_build docs/generated .pytest_cache .mypy_cache .ruff_cache
