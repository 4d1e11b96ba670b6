# make demo   installs into .venv and writes a first try-on picture
# make test   installs the test extras into the same .venv and runs every test
# make lint   checks style and types

PYTHON ?= python3
BIN := .venv/bin
SAMPLES := tryon/samples

.PHONY: demo test lint

demo: .venv/.installed
	@mkdir -p out
	$(BIN)/tryon swap $(SAMPLES)/man_tshirt.jpg $(SAMPLES)/man_floral.jpg -o out/demo.jpg
	@echo "The try-on picture is out/demo.jpg"

test: .venv/.installed-dev
	$(BIN)/python -m pytest

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The stamps are older than pyproject.toml after its requirements changed, and pip then installs again.
.venv/.installed: pyproject.toml | .venv
	@echo 'Installing into .venv; the first time takes some minutes.'
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

.venv/.installed-dev: pyproject.toml | .venv
	@echo 'Installing into .venv; the first time takes some minutes.'
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	@touch .venv/.installed $@

.venv:
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
