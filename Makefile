# Everything a developer or operator types. Each target sets up what it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help

GO ?= go
# More arguments for demo, tour, test and lint: make demo ARGS="--speed 20 --seed 7"
ARGS ?=

# A test run's packages share one throw-away PostgreSQL.
WITHPG := $(GO) run ./internal/localpg/withpg

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## the bot against stand-ins of Torn and Discord, in the browser
	@scripts/setup.sh postgresql
	$(GO) run ./cmd/bot demo $(ARGS)

.PHONY: tour
tour: ## the same as a script of one evening, checked
	@scripts/setup.sh postgresql
	$(GO) run ./cmd/bot demo --tour $(ARGS)

.PHONY: test
test: setup ## all tests, with the race detector
	$(WITHPG) $(GO) test -race -timeout 40m $(or $(ARGS),./...)

.PHONY: lint
lint: ## golangci-lint, the import table included
	$(GO) tool -modfile=tools/go.mod golangci-lint run --allow-parallel-runners $(or $(ARGS),./...)

.PHONY: bench
bench: ## measure; medians go to bench/README.md
	@scripts/setup.sh postgresql
	$(WITHPG) $(GO) run ./bench $(ARGS)

.PHONY: chaos
chaos: setup ## kill bots, PostgreSQL, Redis and Discord at random, SEEDS="1 2 3": nothing lost, nothing twice
	for seed in $(or $(SEEDS),1 2 3 4 5); do \
	  CHAOS_SEED=$$seed CHAOS_ROUNDS=2 $(WITHPG) $(GO) test ./internal/app -count=1 -timeout 20m -v \
	    -run 'TestAThousandAlertsSurviveEverything|TestABotKilledAgainAndAgain|TestABotWhoseDatabaseIsGone|TestASecondProcessStandsBy|TestAProcessThatLostTheLead' $(ARGS) || exit 1; \
	done

.PHONY: build
build: ## bin/consigliere
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/consigliere ./cmd/bot

.PHONY: setup
setup: ## install what tests need: PostgreSQL, Redis, Chromium, a C compiler
	@scripts/setup.sh postgresql redis chromium cc

.PHONY: clean
clean: ## remove what was built; data/ stays
	rm -rf bin
	$(GO) clean -testcache
