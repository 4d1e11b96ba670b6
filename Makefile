# make demo   installs into .venv and writes a first try-on picture
# make test   installs the test extras into the same .venv and runs every test
# make lint   checks style and types
#
# TORCH=cpu   behind any of them, installs PyTorch's CPU build, from PyTorch's own index

PYTHON ?= python3
TORCH ?=
CPU_INDEX := https://download.pytorch.org/whl/cpu
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

# The stamps are older than pyproject.toml after its requirements changed, and pip then installs again. One is left only
# by an installation that came to its end; the next make goes on with what is there.
.venv/.installed: pyproject.toml
	$(environment)
	$(BIN)/python -m pip install -e .
	@touch $@

.venv/.installed-dev: pyproject.toml
	$(environment)
	$(BIN)/python -m pip install -e '.[dev]'
	@touch .venv/.installed $@

# An environment without pip is one whose making was interrupted.
define environment
$(if $(filter-out cpu,$(TORCH)),$(error TORCH is $(TORCH); give TORCH=cpu, or leave it out))
@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
$(if $(TORCH),$(cpu_build),$(registry_build))
endef

define registry_build
@echo 'Installing into .venv. On Linux this takes some minutes and about 6.5 GB of disk (with the tests 8.3 GB), most of'
@echo 'it for the CUDA build of PyTorch, as package registries have it. The program needs no GPU: where'
@echo 'download.pytorch.org can be reached, TORCH=cpu after the make command takes the CPU build, about 2.5 GB in all.'
endef

define cpu_build
@echo 'Installing into .venv, with the CPU build of PyTorch: some minutes and about 2.5 GB of disk.'
@sed -nE 's/^ *"(torch(vision)?>=[^"]*)".*/\1/p' pyproject.toml > .venv/torch.txt
$(BIN)/python -m pip install --index-url $(CPU_INDEX) -r .venv/torch.txt
endef
