# The only door: every target does its own set-up. `make` alone says what there is.
# BUILD_DIR moves the build folder, SWIFT the compiler, LOOKOUT_ARGS go to the demo, BENCH_ARGS to the benchmarks.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:

# A toolchain that was unpacked below /opt is found, too.
empty :=
export PATH := $(subst $(empty) $(empty),:,$(PATH) $(wildcard /opt/*/usr/bin))
export PYTHONDONTWRITEBYTECODE := 1
SWIFT ?= swift
BUILD_DIR ?= .build
SWIFT_FLAGS := --scratch-path $(BUILD_DIR) --explicit-target-dependency-import-check error
LOOKOUT_ARGS ?=
BENCH_ARGS ?=
LINTED := $(wildcard Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources)
LOAD := $(BUILD_DIR)/benchmarks
quietly := Scripts/quietly $(BUILD_DIR)/logs

FUZZ_SECONDS ?= 600
SOAK_MINUTES ?= 120

.PHONY: help run build release setup setup-tests check test test-swift test-console test-end-to-end bench load format fuzz soak

help:
	@echo "make run      set up, build release, start the demo (LOOKOUT_ARGS='--port 8080 …')"
	@echo "make build    set up and build release: $(BUILD_DIR)/release/lookout and its companions"
	@echo "make test     set up and run every test: Swift, console, end to end"
	@echo "make bench    set up, build release, measure it beside the least relay (BENCH_ARGS='--only A,C --runs 5 …')"
	@echo "make check    format, import directions, SAFETY lines, tree clean after a build"
	@echo "make setup    install the Debian packages that running needs, if missing"
	@echo "make fuzz     fuzz each parser for FUZZ_SECONDS ($(FUZZ_SECONDS)), two at a time"
	@echo "make soak     158 cameras and 100 viewers for SOAK_MINUTES ($(SOAK_MINUTES)) while cameras break"
	@echo "make format   put all Swift sources into the house format"

run: build
	@exec $(BUILD_DIR)/release/lookout demo $(LOOKOUT_ARGS)

build: setup
	@$(quietly) release -- $(SWIFT) build -c release $(SWIFT_FLAGS)

setup:
	@Scripts/install-packages run

setup-tests:
	@Scripts/install-packages run test

# Everything that tests need, in debug, once: check, test and the end-to-end tests share it.
debug: setup-tests
	@$(quietly) build -- $(SWIFT) build --build-tests $(SWIFT_FLAGS)
.PHONY: debug

check: setup-tests
	@$(quietly) format -- $(SWIFT) format lint --strict --recursive --parallel $(LINTED)
	mkdir -p $(BUILD_DIR)
	$(SWIFT) package --scratch-path $(BUILD_DIR) dump-package > $(BUILD_DIR)/package.json
	/usr/bin/python3 Scripts/check_sources.py $(BUILD_DIR)/package.json
	$(SWIFT) package --package-path Benchmarks --scratch-path $(LOAD) dump-package > $(BUILD_DIR)/benchmarks.json
	(cd Benchmarks && /usr/bin/python3 ../Scripts/check_sources.py $(abspath $(BUILD_DIR))/benchmarks.json)
	/usr/bin/python3 -m pytest -q -p no:cacheprovider Scripts
	before=$$(git status --porcelain)
	$(MAKE) --no-print-directory debug
	Scripts/check-tree "$$before"

test: test-swift test-console test-end-to-end

test-swift: debug
	@$(quietly) test-swift -- $(SWIFT) test --skip-build --no-parallel $(SWIFT_FLAGS)

test-console:
	@if [ ! -d Tests/Console ]; then exit 0; fi
	if ! command -v node > /dev/null; then echo "console tests left out: no node"; exit 0; fi
	$(quietly) test-console -- node --test Tests/Console

# Against the release build, since that is what people get; LOOKOUT_BINARY names another, LOOKOUT_CLIPS a folder of clips
# that an earlier demo encoded.
test-end-to-end: setup-tests build load
	@LOOKOUT_BINARY=$${LOOKOUT_BINARY:-$(BUILD_DIR)/release/lookout} LOOKOUT_LOAD=$(LOAD)/release/lookout-load $(quietly) test-end-to-end -- \
		/usr/bin/python3 -m pytest -p no:cacheprovider -q -rA --durations=5 Tests/EndToEnd

# The load generator, a package of its own.
load:
	@$(quietly) load -- $(SWIFT) build -c release --package-path Benchmarks --scratch-path $(LOAD)

bench: build load
	@export LOOKOUT_BINARY=$${LOOKOUT_BINARY:-$(BUILD_DIR)/release/lookout} LOOKOUT_LOAD=$(LOAD)/release/lookout-load
	exec /usr/bin/python3 Benchmarks/bench.py $(BENCH_ARGS)

fuzz: setup-tests
	@BUILD_DIR=$(BUILD_DIR) SWIFT=$(SWIFT) Scripts/fuzz run $(FUZZ_SECONDS)

soak: build
	@LOOKOUT_BINARY=$(BUILD_DIR)/release/lookout /usr/bin/python3 Scripts/soak --minutes $(SOAK_MINUTES)

format:
	@$(SWIFT) format --in-place --recursive --parallel $(LINTED)
