# segdrift. `make help` lists the targets; `make demo` and `make test` set up everything they need.
SWIFT  ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc
UNITDIR ?= $(if $(filter /usr,$(PREFIX)),/usr/lib/systemd/system,$(PREFIX)/lib/systemd/system)
# Extra arguments for `segdrift demo`, as in `make demo DEMO="--dir /tmp/shop --customers 1000"`.
DEMO ?=
# Extra arguments for `swift test`, as in `make test TEST="--filter Rendering"`.
TEST ?=

# Arguments for the fuzzer, as in `make fuzz FUZZ="--seconds 600 --seed 7 --target xml"`.
FUZZ ?= --seconds 300

# Megabytes per format, and thousands of records.
FORMATS_BENCH ?= 200
INTAKE_BENCH ?= 1000

# Arguments for the benchmark, as in `make bench BENCH="--events 1000000 --customers 100000"`.
BENCH ?=

SOURCES_TO_LINT = $(wildcard Package.swift Sources Tests Benchmarks)
RELEASE_DIR = $$($(SWIFT) build -c release --show-bin-path)

.DEFAULT_GOAL := help
.PHONY: help setup build release test test-long faults fuzz demo lint format bench formats-bench install uninstall clean

help: ## what this file can do
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install the Debian packages that are missing (says which; quiet when there are none)
	@scripts/setup.sh

build: setup ## debug build of everything
	$(SWIFT) build

release: setup ## optimised build of the segdrift executable
	$(SWIFT) build -c release --product segdrift

# Tests that wait for other programs (the daemon, receivers, Alertmanager) have the machine to themselves, one after
# another: a waiting test holds one of the few threads that all tests share, and what it waits for gets no turn.
DELIVERY = DriftAlertsTests|AlertCommandTests|DeliveryCrashTests|JournalFaultTests|ReloadDeliveryTests|SecretCanaryTests
WAITING = $(DELIVERY)|CrashTests|DatabaseTroubleTests|FullDiskTests|PastTheDatabaseTests|PinnedLogTests|PoisonTests|$\
	ReadOnlyDiskTests|ReadTroubleTests|StopTests|ControlTests|HugeFileTests|ManyFilesTests|OverflowTests|$\
	SourceQuotaTests|WatchStressTests|WatchingDaemonTests|WatcherTests
ifeq ($(TEST),)
RUN_TESTS = $(SWIFT) build --build-tests && $(SWIFT) test --skip-build --skip '$(WAITING)' && \
	$(SWIFT) test --skip-build --no-parallel --filter '$(WAITING)'
else
RUN_TESTS = $(SWIFT) test $(TEST)
endif

test: setup ## build and run all tests
	$(RUN_TESTS)

test-long: setup ## all tests, those of more than a minute too
	export SEGDRIFT_LONG=1; $(RUN_TESTS)

faults: setup ## every fault of delivery, journald's in a container too (needs root and systemd-container), as a table of counts
	$(SWIFT) build --build-tests && \
		SEGDRIFT_SYSTEM=1 $(SWIFT) test --skip-build --no-parallel --filter '$(DELIVERY)|AlertKindTests'

fuzz: setup ## try the readers of formats with bent inputs for some minutes, under AddressSanitizer (FUZZ="--seconds 600")
	SEGDRIFT_MODULES=formats-fuzz $(SWIFT) run -c release --sanitize address --scratch-path .build/fuzz \
		formats-fuzz $(FUZZ)

demo: release ## simulate a shop, run the real daemon on it, show moves, alerts and where to look
	@$(RELEASE_DIR)/segdrift demo $(DEMO)

lint: ## house style, as committed in .swift-format; silent when it holds
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES_TO_LINT)

format: ## rewrite the sources in house style
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES_TO_LINT)

bench: release formats-bench ## the engine alone, then the reference workload beside a peer from PyPI: times, ratios, memory, digest
	$(SWIFT) build -c release --product engine-bench
	$(SWIFT) build -c release --package-path Benchmarks --product workload
	python3 Benchmarks/bench.py --segdrift "$(RELEASE_DIR)/segdrift" \
		--engine-bench "$(RELEASE_DIR)/engine-bench" \
		--workload "$$($(SWIFT) build -c release --package-path Benchmarks --show-bin-path)/workload" $(BENCH)

# Both lists are whole modules: a second build folder keeps the large one from being built anew each time.
formats-bench: setup ## how fast each format is read in memory, and both passes over a file
	SEGDRIFT_MODULES=formats-bench,intake-bench $(SWIFT) build -c release --scratch-path .build/formats
	@"$$(SEGDRIFT_MODULES=formats-bench,intake-bench $(SWIFT) build -c release --scratch-path .build/formats \
		--show-bin-path)/formats-bench" $(FORMATS_BENCH)
	@"$$(SEGDRIFT_MODULES=formats-bench,intake-bench $(SWIFT) build -c release --scratch-path .build/formats \
		--show-bin-path)/intake-bench" $(INTAKE_BENCH)

install: release ## install under $(DESTDIR)$(PREFIX); configuration that exists is left alone
	scripts/install.sh "$(RELEASE_DIR)/segdrift" "$(DESTDIR)" "$(PREFIX)" "$(SYSCONFDIR)" "$(UNITDIR)"

uninstall: ## remove what install put there, except configuration and data
	scripts/install.sh --remove "$(DESTDIR)" "$(PREFIX)" "$(SYSCONFDIR)" "$(UNITDIR)"

clean: ## remove build products
	$(SWIFT) package clean
