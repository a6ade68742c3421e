# unsub-tui for its developers. `make help` lists the targets.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= -n 10# processes: more than cores, because tests mostly wait; JOBS= runs them in one
unexport PYTHONDONTWRITEBYTECODE # tests start hundreds of processes: each would compile everything anew
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo console run test test-long test-pythons test-lowest test-install torture check fmt bench picture data docs messages lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1 — /p' $(MAKEFILE_LIST) | awk -F ' — ' '{printf "  make %-12s %s\n", $$1, $$2}'

# Two stamps in one environment: the app alone, and with what tests need. Each is made anew when its lock changes.
$(VENV)/app.stamp: .ci/app.txt pyproject.toml
	@echo "setting up $(VENV) …" >&2
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "unsub-tui needs Python 3.11 or newer")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); } || { rm -rf $(VENV); exit 1; }  # a half-made environment has no pip
	@$(PIP) install --require-hashes -r .ci/app.txt
	@touch $@

$(VENV)/dev.stamp: .ci/dev.txt $(VENV)/app.stamp
	@echo "setting up tests …" >&2
	@$(PIP) install --require-hashes -r .ci/dev.txt
	@touch $@

demo: $(VENV)/app.stamp ## set up and open the app on the embedded sandbox
	@$(BIN)/python -m unsub_tui demo $(ARGS)

console: $(VENV)/app.stamp ## the app on the sandbox, with its log in Textual's developer console (needs textual-dev)
	@$(BIN)/python -c 'import textual_dev' 2>/dev/null || { echo "textual-dev is missing, and not in the locks. Run: $(BIN)/python -m pip install textual-dev" >&2; exit 1; }
	@echo "In another terminal, run first: $(BIN)/textual console" >&2
	@TEXTUAL=devtools $(BIN)/python -m unsub_tui demo $(ARGS)

run: $(VENV)/app.stamp ## the app on the configured account: make run ARGS="--profile prod"
	@$(BIN)/python -m unsub_tui $(ARGS)

test: check ## set up and run every check and every test
	@$(BIN)/python -m pytest $(JOBS) $(ARGS)

test-long: check ## every check, and every test at full length: all faults, all crash points, long fuzzing
	@TESTS=long $(BIN)/python -m pytest $(JOBS) $(ARGS)

test-pythons: ## the quick tests on every supported Python that is found, each in a .venv-X.Y of its own
	@.ci/test_pythons.sh $(JOBS) $(ARGS)

test-lowest: ## the quick tests with the oldest dependencies that are allowed, in .venv-lowest
	@PYTHON="$(PYTHON)" .ci/test_lowest.sh $(JOBS) $(ARGS)

test-install: $(VENV)/dev.stamp ## install wheel and sdist in empty homes with pipx and uv, on every supported Python that is found
	@rm -rf build/dist
	@$(BIN)/python -m build --no-isolation --outdir build/dist . > /dev/null
	@.ci/test_install.sh build/dist

torture: $(VENV)/dev.stamp ## kill runs at every step, tens of thousands of times (about an hour on two cores)
	@TESTS=torture $(BIN)/python -m pytest tests/crash $(JOBS) $(ARGS)

check: $(VENV)/dev.stamp ## format, lint, types, layers, structure and words
	@$(BIN)/ruff format --check --quiet . || { echo "run: make fmt" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python .ci/check_structure.py

fmt: $(VENV)/dev.stamp ## format, and fix what can be fixed automatically
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

bench: $(VENV)/dev.stamp ## measure ratios and write them to bench.json: make bench ARGS="keys" COMPARE=bench.json
	@$(BIN)/python -m tests.benchmarks $(if $(COMPARE),--compare "$(COMPARE)") $(ARGS)

picture: $(VENV)/dev.stamp ## redraw the pictures of the README
	@$(BIN)/python .ci/make_screenshots.py

LOCK := --quiet --no-header --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --allow-unsafe --extra sandbox
data: $(VENV)/app.stamp ## regenerate what is derived from the code: schema of the rules files, help texts, schemas of the output, docs/keys.md
	@$(BIN)/python -c 'import json; from unsub_tui.engine.rulebook import rules_schema; print(json.dumps(rules_schema(), indent=2, sort_keys=True))' > docs/rules.schema.json
	@PYTHONPATH=. $(BIN)/python .ci/make_help.py
	@PYTHONPATH=. $(BIN)/python .ci/make_schemas.py
	@PYTHONPATH=. $(BIN)/python .ci/make_keys.py
	@PYTHONPATH=. $(BIN)/python .ci/make_shell_files.py

SITE := .venv-docs
$(SITE)/stamp: .ci/docs.txt
	@$(PYTHON) -m venv --clear $(SITE) || { rm -rf $(SITE); exit 1; }
	@$(SITE)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r .ci/docs.txt
	@touch $@

docs: $(SITE)/stamp ## build the documentation site in build/site, with its links checked
	@$(SITE)/bin/python .ci/make_docs.py
	@$(SITE)/bin/zensical build --strict --clean --config-file build/mkdocs.yml
	@echo "build/site/index.html" >&2

messages: ## extract the texts of the screen into unsub_tui/data/locale/unsub_tui.pot (needs gettext)
	@mkdir -p unsub_tui/data/locale
	@xgettext --from-code=UTF-8 --keyword=_ --keyword=plural:1,2 --keyword=ngettext:1,2 -o unsub_tui/data/locale/unsub_tui.pot $$(find unsub_tui/present unsub_tui/app unsub_tui/cli -name '*.py' | sort)

# For the project: app.txt, dev.txt. For users: release.txt with the hashes of all extras, and constraints.txt without,
# because with hashes in a constraint pip refuses the unhashed unsub-tui itself.
lock: $(VENV)/dev.stamp ## rebuild the locks and constraints from pyproject.toml and .ci/*.in
	@$(BIN)/pip-compile $(LOCK) --upgrade -o .ci/app.txt pyproject.toml
	@$(BIN)/pip-compile $(filter-out --generate-hashes,$(LOCK)) --no-annotate --extra keyring -c .ci/app.txt --upgrade -o .ci/constraints.txt pyproject.toml
	@$(BIN)/pip-compile $(LOCK) --extra keyring -c .ci/constraints.txt --upgrade -o .ci/release.txt pyproject.toml
	@$(BIN)/pip-compile $(LOCK) --upgrade -o .ci/dev.txt pyproject.toml .ci/dev.in
	@$(BIN)/pip-compile $(filter-out --extra sandbox,$(LOCK)) --upgrade -o .ci/docs.txt .ci/docs.in

clean: ## remove the environment and all caches
	@rm -rf $(VENV) .venv-* build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
