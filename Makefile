# Every command that building, showing and judging Tessera takes. They need Debian 12, Swift 6.3, git and make;
# what else is missing they install. JOBS=N limits how many compilers run at once.

export JOBS

.PHONY: help setup demo man completions test check check-usb prove bench apdus fuzz

help: ## list these commands
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## install the libraries that Tessera is built on
	@scripts/setup.sh build

demo: setup ## build, then open a demo bank with every kind of device, all emulated, in the browser
	@scripts/build.sh --product tessera
	@.build/debug/tessera demo

man: setup ## write the manual's pages to .build/man, from what the program says of itself
	@scripts/build.sh --product tessera
	@scripts/manual.sh

completions: setup ## write what completes commands in bash, zsh and fish to .build/completions
	@scripts/build.sh --product tessera
	@scripts/completions.sh

test: ## install the programs that judge Tessera, build and run all tests
	@scripts/setup.sh test
	@scripts/build.sh --traits PostgreSQL --build-tests
	@swift test --traits PostgreSQL --skip-build --experimental-maximum-parallelization-width 4

check: setup ## format, imports, systemd's units, and a build in which a warning is an error
	@swift format lint -r -s Sources Tests Package.swift Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift Fuzz/Sources
	@scripts/check-imports-test.sh
	@scripts/check-imports.sh
	@scripts/setup.sh check
	@scripts/check-units.sh
	@scripts/build.sh --traits PostgreSQL --build-tests

check-usb: setup ## a USB reader in a virtual machine: libccid, unplugging, the rules in udev/
	@scripts/setup.sh usb
	@scripts/build.sh --product tessera
	@scripts/check-usb.sh

prove: export TESSERA_PROVE = 1
prove: test ## run all tests, with whole proofs in place of samples

bench: ## measure the hot paths in release mode, each beside a peer
	@scripts/setup.sh test
	@scripts/build.sh -c release --package-path Benchmarks
	@swift run --skip-build -c release --package-path Benchmarks

apdus: setup ## count the commands from connect to one signature, beside OpenSC on the same cards
	@scripts/setup.sh test
	@scripts/build.sh --product tessera
	@scripts/apdus.sh

fuzz: export SECONDS_EACH ?= 60
fuzz: setup ## feed what reads strangers' bytes, SECONDS_EACH=60 a target
	@scripts/fuzz.sh "$$SECONDS_EACH"
