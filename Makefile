# Every command that building, showing and judging Tessera takes. They need Debian 12, Swift 6.3, git and make;
# what else is missing they install. JOBS=N limits how many compilers run at once.

export JOBS

BENCHMARKS := $(wildcard Benchmarks/Package.swift)

.PHONY: help setup demo test check prove

help: ## list these commands
	@awk -v hidden="$(if $(BENCHMARKS),,bench)" 'BEGIN { FS = ":.*## " } \
	    /^[a-z]+:.*## / && $$1 != hidden { printf "make %-7s %s\n", $$1, $$2 }' Makefile

setup: ## install the libraries that Tessera is built on
	@scripts/setup.sh build

demo: setup ## build, then log in and approve a payment with every kind of device, all emulated
	@scripts/build.sh --product tessera
	@.build/debug/tessera demo

test: ## install the programs that judge Tessera, build and run all tests
	@scripts/setup.sh test
	@scripts/build.sh --build-tests
	@swift test --skip-build --experimental-maximum-parallelization-width 4

check: setup ## format, imports, and a build in which a warning is an error
	@swift format lint -r -s Sources Tests Package.swift
	@scripts/check-imports-test.sh
	@scripts/check-imports.sh
	@scripts/build.sh --build-tests

prove: export TESSERA_PROVE = 1
prove: test ## run all tests, with whole proofs in place of samples

ifneq ($(BENCHMARKS),)
.PHONY: bench
bench: setup ## measure, in release mode, beside a peer
	@swift run -c release --package-path Benchmarks
endif
