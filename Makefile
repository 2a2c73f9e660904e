# Everything CI does is a target here; `make` lists them. Tools are pinned in
# sql/tools.mod, adapters/httpapi/tools.mod and .ci/lint.mod, so that importers
# of the library get none of them.

SQLC     = go tool -modfile=sql/tools.mod sqlc
OAPI     = go tool -modfile=adapters/httpapi/tools.mod oapi-codegen
GOLANGCI = go tool -modfile=.ci/lint.mod golangci-lint

SOAK ?= 10m
FUZZ ?= 1m
RECORDS ?= 1000000
ROUNDS ?= 100
SIZES ?= 0,100000,1000000,10000000
DURATION ?= 30m
RUNS ?= 5

.PHONY: help deps fmt vet lint generate generate-check tidy-check test examples bench bench-loads bench-audit growth endure soak chaos chaos-sqlitestore chaos-pgstore catch-up fuzz demo

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

deps: ## install what the tests need from Debian where it is missing: see .ci/deps
	@.ci/deps

fmt: ## format the code
	$(GOLANGCI) fmt

vet: ## run go vet
	go vet ./...

lint: ## run the linters of .golangci.yml, formatting included
	$(GOLANGCI) run

generate: ## write the generated code anew
	$(SQLC) generate -f sql/sqlc.yaml
	$(OAPI) -config adapters/httpapi/wire/config.yaml -o adapters/httpapi/wire/wire.gen.go adapters/httpapi/openapi.yaml
	go generate ./...

generate-check: ## fail if the generated code is not what generate writes
	.ci/unchanged $(MAKE) --no-print-directory generate

tidy-check: ## fail if go.mod or go.sum is not what go mod tidy writes
	go mod tidy -diff

test: deps ## run all tests with the race detector; a missing database fails
	CI=true go test -race -shuffle=on -timeout=15m ./...

examples: ## run the Examples and the programs of examples/
	go test -run='^Example' ./...
	go test ./examples/...

bench: deps ## run the benchmarks; databases sync to disk at every commit
	CI=true CAMPUSLEDGER_TEST_FSYNC=on go test -run='^$$' -bench=. -benchmem ./...

bench-loads: deps ## measure each workload of `campusledger bench` on each database, RUNS times, 5 by default: about an hour
	CI=true CAMPUSLEDGER_TEST_FSYNC=on CAMPUSLEDGER_TEST_RUNS=$(RUNS) go test -v -count=1 -timeout=0 -run='^TestBenchWorkloads$$' ./adapters/cmd/campusledger

bench-audit: deps ## audit RECORDS, 1,000,000 by default, on each database beside a plain SELECT of the same rows
	CI=true CAMPUSLEDGER_TEST_RECORDS=$(RECORDS) go test -run='^$$' -bench='^BenchmarkAudit' -benchtime=5x -timeout=60m ./ledger/audit

growth: deps ## fill one book of each database to SIZES, 10,000,000 records by default, and measure payments and reads at each; 10 GB
	CI=true CAMPUSLEDGER_TEST_FSYNC=on CAMPUSLEDGER_TEST_SIZES=$(SIZES) go test -v -count=1 -timeout=0 -run='^TestBenchGrowth$$' ./adapters/cmd/campusledger

endure: deps ## let a school live for DURATION, 30m by default, on each database, and watch memory and the hot rows
	CI=true CAMPUSLEDGER_TEST_FSYNC=on CAMPUSLEDGER_TEST_ENDURANCE=$(DURATION) go test -v -count=1 -timeout=0 -run='^TestBenchEndure$$' ./adapters/cmd/campusledger

soak: deps ## run the model check for SOAK, 10m by default, on both stores, then compare exports with other programs as long
	CI=true CAMPUSLEDGER_TEST_DURATION=$(SOAK) go test -v -count=1 -timeout=0 -run='^TestModel$$' ./ledger/sqlitestore ./ledger/pgstore
	CI=true CAMPUSLEDGER_TEST_DURATION=$(SOAK) go test -v -count=1 -timeout=0 -run='^TestProgramsAgreeWithEveryHistory$$' ./adapters/books

chaos: deps ## strike each database ROUNDS times with each fault, 100 by default; both at once, most faults wait
	$(MAKE) --no-print-directory -j2 chaos-sqlitestore chaos-pgstore

chaos-sqlitestore chaos-pgstore: chaos-%:
	CI=true CAMPUSLEDGER_TEST_ROUNDS=$(ROUNDS) go test -v -count=1 -timeout=0 -parallel=6 -run='^TestChaos$$' ./ledger/$*

catch-up: ## follow a million records, through kills, with a consumer that was down
	CAMPUSLEDGER_TEST_SALES=1000000 go test -v -count=1 -timeout=60m ./examples/follower

fuzz: ## fuzz the rules and the parser for FUZZ each, 1m by default
	go test -run='^$$' -fuzz='^FuzzRules$$' -fuzztime=$(FUZZ) -fuzzminimizetime=1x ./ledger
	go test -run='^$$' -fuzz='^FuzzParseRecord$$' -fuzztime=$(FUZZ) -fuzzminimizetime=1x ./ledger

demo: ## play a school's day and audit it
	go run ./adapters/cmd/campusledger demo
