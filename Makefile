# Everything a newcomer, a developer and CI run. Each target installs what it needs, uv included.

UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
RUN := $(UV) run --no-sync
PYTEST ?= -n 2 --dist loadgroup
ARGS ?= --help
PORT ?= 8000
EXTRAS ?=
LISTEN ?=
KILLS ?= 10
MESSAGES := generate assemble rotation cache external
GIVEN = $(if $(filter file,$(origin ARGS)),,$(ARGS))

.DEFAULT_GOAL := help
.PHONY: help install setup run cli cli-generate cli-assemble cli-rotation cli-cache cli-external batch-rotations batch-template batch-validate test faults cover check format types boundaries bench bench-s1 s1-reference load-stream separation train-separation train-pronunciation train-voice listen listen-check clean system

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 21

.tools/bin/uv:
	@python3 -m venv .tools && .tools/bin/pip install --quiet --disable-pip-version-check uv

install: $(filter .tools/bin/uv,$(UV)) ## Install uv and Mixdown into .venv, nothing of it GPL (EXTRAS='languages ffmpeg')
	@$(UV) sync --locked --quiet --inexact --no-dev $(EXTRAS:%=--extra %)

setup: $(filter .tools/bin/uv,$(UV)) ## Likewise, with every extra and what tests need
	@$(UV) sync --locked --quiet --inexact

run: install ## Serve on http://127.0.0.1:8000 (PORT=…)
	@$(RUN) mixdown serve --port $(PORT)

cli: install ## Run the command: make cli ARGS='say "Hello." -o hello.mp3'
	@$(RUN) mixdown $(if $(filter $(firstword $(ARGS)),$(MESSAGES)),messages) $(ARGS)

$(MESSAGES:%=cli-%): install
	@$(RUN) mixdown messages $(@:cli-%=%) $(ARGS)

batch-rotations: install ## Turns of the rotation and their stems (ARGS='--count 100'; HYBRID_AUDIO_API_URL=… on a server)
	@$(RUN) mixdown messages batch rotations $(GIVEN)

batch-template: install ## A message for every name and developer (ARGS='--names guests --limit 100')
	@$(RUN) mixdown messages batch template $(GIVEN)

batch-validate: install ## What batch-template would say, checked and counted; then every stem that is kept
	@$(RUN) mixdown messages batch validate $(GIVEN)
	@$(RUN) mixdown messages cache integrity

test: setup ## Run the tests
	@$(RUN) pytest $(PYTEST)

faults: setup ## Kill a server ten times while it works on a batch (KILLS=10)
	@MIXDOWN_TEST_KILLS=$(KILLS) $(RUN) pytest -n 0 -q tests/api/messages/test_batch_kills.py

cover: setup ## Run the tests with coverage; at least 90 % of the kernel, 80 % of everything
	@$(RUN) pytest -n 2 --dist loadgroup -q --cov --cov-report=
	@$(RUN) coverage report --include='kernel/*' --fail-under=90
	@$(RUN) coverage report --fail-under=80 | tail -n 1

check: setup format types boundaries test ## Lint, types, boundaries and tests

format: setup
	@$(RUN) ruff check . && $(RUN) ruff format --check .

types: setup
	@$(RUN) mypy kernel/src api/src client/src cli/src plugins/*/src benchmarks meters training template/src

boundaries: setup
	@$(RUN) lint-imports

bench: setup ## Measure, side by side in one run; prints ratios (extra: numba, pydub; Debian: ffmpeg, sox)
	@$(UV) sync --locked --quiet --inexact --group bench
	@$(RUN) python -m benchmarks

separation: setup ## Separate mixtures whose stems are known, and print the SDR of each
	@$(RUN) python -m benchmarks separation

bench-s1: setup ## S1-mini at its true shape on random weights (ARGS_S1='--torch TORCH/bin/python --fish FISH --dac DAC')
	@$(RUN) python -m benchmarks.s1_mini $(ARGS_S1)

s1-reference: ## S1-mini beside the public reference (TORCH=… FISH=… DAC=…; benchmarks/s1_*_reference.py say how to get them)
	@$(TORCH) -m benchmarks.s1_mini_reference $(FISH) build/s1-mini
	@$(TORCH) -m benchmarks.s1_codec_reference $(FISH) $(DAC)

train-separation: setup ## Make the network of plugins/separation anew (Debian: fluid-soundfont-gm libfluidsynth3); goes on where it stopped
	@$(UV) sync --locked --quiet --inexact --group training
	@$(RUN) python -m training.separation

train-pronunciation: setup ## Make the tables and the network of the English front end anew (Debian: flite1-dev festlex-cmu wamerican gcc)
	@$(UV) sync --locked --quiet --inexact --group training
	@$(RUN) python -m training.pronunciation

train-voice: setup ## Make the voices of plugins/tts_onnx anew, in two hours on two cores (root installs Debian's engines); goes on where it stopped
	@$(UV) sync --locked --quiet --inexact --group training --group listen
	@$(RUN) python -m training.voice

load-stream: setup ## Many live streams at once, and how late their blocks come (STREAMS=20 SECONDS=30)
	@$(RUN) python -m benchmarks.live

listen: setup ## Measure every voice, genre, kind and mix into build/listen/index.html (LISTEN='--quick --only music')
	@$(UV) sync --locked --quiet --inexact --group listen
	@$(RUN) python -m meters.listen $(LISTEN)

listen-check: setup ## Measure again and compare with meters/baseline.json; fails where something sounds worse
	@$(UV) sync --locked --quiet --inexact --group listen
	@$(RUN) python -m meters.listen --check $(LISTEN)

system: ## Debian packages that some tests and benchmarks use, where this user may install them
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		export DEBIAN_FRONTEND=noninteractive; apt-get update -qq; \
		apt-get install -y -qq postgresql ffmpeg sox >/dev/null; \
		command -v npm >/dev/null || apt-get install -y -qq nodejs npm >/dev/null; \
	else echo "not root on Debian: tests that need its packages are skipped, and say so"; fi

clean: ## Remove what builds and tests leave
	@rm -rf .venv .tools dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
