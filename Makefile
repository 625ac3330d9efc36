# Targets print as help: run make.
#
# Campaigns are Go tests. They run in `make test` as well, with small counts; a campaign
# target raises the count through a variable of the environment that the test reads:
#
#   USHER_CONTESTS      contests for the last seat           (TestContests*)
#   USHER_KILLS         kill -9 of the daemon under load     (TestKills*)
#   USHER_RACE_PEOPLE   people activated against deactivated (TestRaces*)
#   USHER_FAULT_PEOPLE  people beside whom a portal fails    (TestFaultsOfPortals)
#   USHER_CONSOLE_PEOPLE people of the company whose pages are timed (TestConsoleLoad)
#   USHER_RESTORES      backups restored elsewhere           (TestRestores*)
#   USHER_SLOT_DAYS     simulated days of schedules          (TestSlots*)
#   USHER_CORRUPTIONS   corrupted rosters                    (TestCorruptions*)
#   USHER_ORDERS        sets of records in every order       (TestOrders*)
#   USHER_UNDOS         runs undone with edits in between    (TestUndos*)
#   USHER_PORTAL_DAYS   days at each portal that takes files (TestPortalDays)
#   USHER_BATCH_CRASHES processes that die in a visit        (TestBatchCrashes*)
#   USHER_SEARCH_PEOPLE people among whom eight others search (TestSearches*)
#   USHER_ROSTER_ROWS   people of the benchmark of rosters, and rows beside SCIM writes
#   FUZZTIME            how long each fuzz target runs
#
# Each can be set on the command line: make kills USHER_KILLS=20

STATICCHECK   := honnef.co/go/tools/cmd/staticcheck@v0.8.2
# ROSTERS are the fuzz targets of what is read from rosters, which have more time.
ROSTERS       := FuzzRead(CSV|XLSX)|FuzzDate|FuzzMapping
# SIGNIN are those of what comes from browsers and identity providers, which have more time too.
SIGNIN        := Fuzz(Response|Forgery|Metadata|RelayState|IDToken)
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.DEFAULT_GOAL := help

##@ Daily

.PHONY: help
help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## play the story of people and seats, then stay up
	go run ./cmd/usher demo

.PHONY: build
build: ## build bin/usher, one static file
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/usher ./cmd/usher

.PHONY: image
image: ## build the container image usher
	docker build -t usher .

.PHONY: deps
deps: ## install what the tests need, or say what is missing
	@.ci/deps

##@ Checks

.PHONY: test
test: deps ## run all tests, on SQLite and PostgreSQL
	.ci/gotest -timeout=20m ./...

.PHONY: race
race: deps ## run all tests with the race detector
	.ci/gotest -race -timeout=40m ./...

.PHONY: pictures
pictures: export USHER_PICTURES ?= $(CURDIR)/.cache/pictures
pictures: deps ## pictures of the console, by role and along its story: .cache/pictures
	CI=true .ci/gotest -count=1 -timeout=20m -run '^Test(ConsoleStory|Company)$$/^(scripts.*|can_be_looked_at)$$' ./cmd/usher/daemon ./cmd/usher/demo

.PHONY: check
check: ## format, vet, staticcheck, go.mod, imports, static build
	@test -z "$$(gofmt -l .)" || { gofmt -l . >&2; echo "these files need gofmt -w" >&2; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	go mod tidy -diff
	go test -run '^TestImports' ./cmd/usher/daemon
	$(MAKE) build

.PHONY: lint
lint: .cache/bin/golangci-lint ## run golangci-lint (the first time builds it, some minutes)
	.cache/bin/golangci-lint run

.PHONY: format
format: .cache/bin/golangci-lint ## bring the code into the form that lint asks for
	.cache/bin/golangci-lint fmt

.cache/bin/golangci-lint: Makefile
	GOBIN=$(CURDIR)/.cache/bin go install $(GOLANGCI_LINT)
	touch $@

##@ Campaigns

.PHONY: campaigns
campaigns: corpus contests kills limits races faults scimmy saml-table oidc-table oidc-peers fuzz restores routes slots corruptions orders undos portal-days batch-crashes searches ## all of them, at full count

.PHONY: campaigns-short
campaigns-short: ## fuzz, kills and contests at the counts of CI
	$(MAKE) fuzz kills contests FUZZTIME=30s FUZZEXCEPT='$(ROSTERS)|$(SIGNIN)' USHER_KILLS=50 USHER_CONTESTS=2000
	$(MAKE) fuzz-rosters fuzz-signin

.PHONY: corpus
corpus: ## every case of the SCIM corpus over HTTP
	.ci/campaign Corpus

.PHONY: contests
contests: export USHER_CONTESTS ?= 10000
contests: deps ## 10,000 contests for the last seat
	.ci/campaign Contests

.PHONY: kills
kills: export USHER_KILLS ?= 500
kills: deps ## 500 times kill -9 under load
	.ci/campaign Kills

.PHONY: limits
limits: ## every limit at n-1, n, n+1 and 1000n
	.ci/campaign Limits

.PHONY: races
races: export USHER_RACE_PEOPLE ?= 1000
races: deps ## 1,000 people activated against deactivated at a bad portal
	.ci/campaign Races

.PHONY: faults
faults: export USHER_FAULT_PEOPLE ?= 500
faults: deps ## 500 people while one of two portals fails in eight ways
	.ci/campaign FaultsOfPortals

.PHONY: console-load
console-load: export USHER_CONSOLE_PEOPLE ?= 100000
console-load: deps ## every page of the console at 100,000 people, 8 admins at once
	.ci/campaign ConsoleLoad

.PHONY: scimmy
scimmy: deps ## the scimout connector against an independent server
	.ci/campaign Scimmy

.PHONY: oidc-table
oidc-table: ## go-oidc alone against usher, on every forged token
	.ci/campaign OIDCTable

.PHONY: saml-table
saml-table: ## what crewjam/saml alone and usher make of every message: docs/saml-table.md
	USHER_SAML_TABLE=1 go test -count=1 -run '^TestTable$$' ./sso/saml

.PHONY: oidc-peers
oidc-peers: deps ## signing in at independent OpenID Connect providers
	.ci/campaign Peer

.PHONY: fuzz
fuzz: export FUZZTIME ?= 30s
fuzz: ## every fuzz target for FUZZTIME
	.ci/fuzz

.PHONY: restores
restores: export USHER_RESTORES ?= 10
restores: deps ## 10 backups under load, restored elsewhere
	.ci/campaign Restores

.PHONY: routes
routes: deps ## every route without a token, with a wrong one, with another's
	.ci/campaign Routes

.PHONY: slots
slots: export USHER_SLOT_DAYS ?= 400
slots: deps ## 400 simulated days of schedules in 12 time zones, with kills
	.ci/campaign Slots

.PHONY: corruptions
corruptions: export USHER_CORRUPTIONS ?= 200
corruptions: deps ## 200 kinds of corrupted rosters
	.ci/campaign Corruptions

.PHONY: orders
orders: export USHER_ORDERS ?= 50000
orders: ## 50,000 sets of records, in every order
	.ci/campaign Orders

.PHONY: undos
undos: export USHER_UNDOS ?= 1000
undos: deps ## 1,000 runs undone, with edits in between
	.ci/campaign Undos

.PHONY: portal-days
portal-days: export USHER_PORTAL_DAYS ?= 1000
portal-days: deps ## 1,000 days of joiners, movers and leavers at each portal that takes files
	.ci/campaign PortalDays

.PHONY: batch-crashes
batch-crashes: export USHER_BATCH_CRASHES ?= 500
batch-crashes: deps ## processes that die at every step of a batch, 500 at steps by lot, kill -9
	.ci/campaign BatchCrashes

.PHONY: searches
searches: export USHER_SEARCH_PEOPLE ?= 100000
searches: deps ## how long people are searched for among 100,000, as one types
	.ci/campaign Searches

.PHONY: bench
bench: export USHER_ROSTER_ROWS ?= 100000
bench: ## how long rosters of 100,000 people take, against SQLite's command line
	go test ./cmd/usher/daemon -run '^$$' -bench Roster -benchtime 1x -timeout 0

.PHONY: bench-portals
bench-portals: ## how long files of portals with 10,000 people take, and what memory
	go test ./connectors/prosci ./connectors/ascender ./connectors/proportal -run '^$$' -bench . -benchtime 3x -p 1 -timeout 20m

.PHONY: fuzz-rosters
fuzz-rosters: export FUZZTIME = 60s
fuzz-rosters: ## the fuzz targets of what is read from rosters, longer
	.ci/fuzz '$(ROSTERS)'

.PHONY: fuzz-signin
fuzz-signin: export FUZZTIME = 60s
fuzz-signin: ## the fuzz targets of what browsers and providers send, longer
	.ci/fuzz '$(SIGNIN)'
