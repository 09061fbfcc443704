# Every command of the project; `make help` lists them. Runs with the make 3.81 that macOS has.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
KERNELS := hatch_build.py packaging/compile_kernels.py $(wildcard app/core/encode/native/*.[ch])
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: run test test-real check format messages package self-test clean help
.PHONY: debian-runtime debian-test debian-package test-models
# Hundreds of tests start the program as another process, which would compile all of it each time.
unexport PYTHONDONTWRITEBYTECODE
.NOTPARALLEL: # prerequisites are steps, taken from left to right

run: debian-runtime $(VENV)/.runtime ## Convert the bundled sample and show what happens
	$(BIN)/python -m app --sample

PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

test: debian-test check ## Check everything, then run the tests (ARGS="-k gemma" picks some)
	$(PYTEST) -m "not frozen and not slow_real_model" $(ARGS)

test-real: debian-test $(VENV)/.dev test-models ## Run the tests with a real model and published tokenizers
	$(PYTEST) -m slow_real_model $(ARGS)

check: $(VENV)/.dev ## Format, lint, types and import rules, without the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	sh packaging/check-workflows.sh $(BIN)

format: $(VENV)/.dev ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

messages: $(VENV)/.dev ## Bring the catalogues of translations up to date with the texts in app/
	$(BIN)/python packaging/messages.py

package: debian-package $(VENV)/.package ## Build the app into dist/, and look at the wheels of a Mac
	$(BIN)/python packaging/compile_kernels.py
	$(BIN)/pyinstaller --noconfirm --log-level WARN --distpath dist --workpath build packaging/mlx_ferry.spec
	sh packaging/mac-tree.sh $(BIN)/python .cache/mac-tree

self-test: package ## Build the app, then let it try itself, without Python and this project
	$(BIN)/python -m pytest -m frozen -rA tests/packaging

clean: ## Remove what these commands made: environment, caches, fetched test models
	rm -rf $(VENV) .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	rm -f app/core/encode/native/kernels.so
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

debian-runtime debian-test debian-package:
	@sh packaging/debian-packages.sh $(@:debian-%=%) $(PYTHON)

test-models: $(VENV)/.dev
	@sh packaging/fetch-test-models.sh $(BIN)/python

$(VENV)/.made:
	@sh packaging/make-venv.sh $(PYTHON) $(VENV)
	@touch $@

# Made anew when its Python is gone or renewed, or when uv made it (without pip).
ifneq ($(shell $(BIN)/python -c 'import pip; print("usable")' 2>/dev/null),usable)
.PHONY: $(VENV)/.made
endif

# Installed again only when what is asked for changed.
$(VENV)/.runtime: $(VENV)/.made pyproject.toml constraints.txt $(KERNELS)
	$(INSTALL) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml constraints.txt $(KERNELS)
	$(INSTALL) -e ".[dev]"
	@touch $(VENV)/.runtime $@

$(VENV)/.package: $(VENV)/.dev
	$(INSTALL) -e ".[dev,package]"
	@touch $@
