# The commands of Shubbak. `make demo` and `make test` do all of their own set-up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= demo-data
PORT ?= 8080
SPEED ?= 1
# Half of a test's time is waiting, so that three share two cores.
XDIST ?= $(shell expr \( $$(nproc) \* 3 + 1 \) / 2)

.PHONY: demo test check lint bench soak docs pictures clean test-packages bench-packages

demo: $(VENV)/runtime.stamp ## Start a whole centre on this machine; Ctrl-C stops it.
	$(BIN)/shubbak demo --data $(DATA) --port $(PORT) --speed $(SPEED) $(DEMO_ARGS)

test: lint test-packages ## Everything that CI runs, browser tests included.
	$(BIN)/python -m pytest -n $(XDIST) --dist worksteal

check: lint ## The fast half: format, lint, types, imports, unit and docs tests.
	$(BIN)/python -m pytest -q tests/unit tests/docs

lint: $(VENV)/dev.stamp ## Format, lint, types and imports.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.stamp bench-packages ## The rows of docs/performance.md, each against a limit of the same run.
	$(BIN)/python -m benchmarks

soak: $(VENV)/dev.stamp test-packages ## The long forms of the tests.
	$(BIN)/python -m pytest -m soak --timeout 3600

docs: $(VENV)/dev.stamp ## Write the generated documents: OpenAPI, AsyncAPI, schema.
	$(BIN)/python -m tests.docs.generate

pictures: $(VENV)/dev.stamp test-packages ## Take the pictures of the README anew, from a centre of their own.
	$(BIN)/python -m tests.browser.pictures

clean: ## Remove what these commands made; the demo's data stay.
	rm -rf $(VENV) build *.egg-info test-output .mypy_cache .ruff_cache .pytest_cache

# Debian without python3-venv has no ensurepip: the machine's own pip fills the environment.
$(BIN)/python:
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/runtime.stamp: $(BIN)/python pyproject.toml
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/dev.stamp: $(BIN)/python pyproject.toml
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@ $(VENV)/runtime.stamp

# Asked each time, since it takes no time where everything is there.
test-packages:
	@.ci/system-packages ip:iproute2 pdftotext:poppler-utils setpriv:util-linux
	@.ci/system-packages scanimage:sane-utils airscan-discover:sane-airscan
	@.ci/system-packages espeak-ng:espeak-ng umockdev-run:umockdev ippeveprinter:cups-ipp-utils
	@.ci/system-packages dbus-daemon:dbus-daemon
	@.ci/system-packages /usr/share/doc/gir1.2-umockdev-1.0:gir1.2-umockdev-1.0 /usr/lib/python3/dist-packages/gi:python3-gi
	@.ci/system-packages chromium-headless-shell:chromium-headless-shell
	@command -v chromium-headless-shell >/dev/null || .ci/system-packages chromium:chromium

bench-packages:
	@.ci/system-packages wrk:wrk
