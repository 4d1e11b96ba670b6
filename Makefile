# make demo   installs into .venv and writes a first try-on picture; no PyTorch
# make test   installs what training and testing need into the same .venv and runs every test
# make lint   checks style and types
#
# TORCH=cpu   behind the last two, installs PyTorch's CPU build, from PyTorch's own index

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
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The stamps are older than pyproject.toml after its requirements changed, and pip then installs again. One is left only
# by an installation that came to its end; the next make goes on with what is there.
.venv/.installed: pyproject.toml
	$(environment)
	@echo 'Installing into .venv: about a minute and about 0.8 GB of disk.'
	$(BIN)/python -m pip install -e .
	@touch $@

.venv/.installed-dev: pyproject.toml
	$(if $(filter-out cpu,$(TORCH)),$(error TORCH is $(TORCH); give TORCH=cpu, or leave it out))
	$(environment)
	$(if $(TORCH),$(cpu_build),$(registry_build))
	$(BIN)/python -m pip install -e '.[dev]'
	@touch .venv/.installed $@

# An environment without pip is one whose making was interrupted.
define environment
@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
endef

define registry_build
@echo 'Installing into .venv. On Linux this takes some minutes and about 8.4 GB of disk, most of it for the CUDA build of'
@echo 'PyTorch, as package registries have it. No GPU is needed: where download.pytorch.org can be reached, TORCH=cpu after'
@echo 'the make command takes the CPU build, some 5 GB less.'
endef

define cpu_build
@echo 'Installing into .venv, with the CPU build of PyTorch: some minutes and about 3 GB of disk.'
@sed -nE 's/^ *"(torch(vision)?>=[^"]*)".*/\1/p' pyproject.toml > .venv/torch.txt
$(BIN)/python -m pip install --index-url $(CPU_INDEX) -r .venv/torch.txt
endef
