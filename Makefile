# make test is the README's test command; the other targets are for whoever works
# on the project.
.PHONY: build test demo fuzz bench dictionary torture

build:
	CGO_ENABLED=0 go build -trimpath -o build/zoneblanche ./cmd/zoneblanche

test:
	bash scripts/test

demo:
	go run ./cmd/zoneblanche demo

fuzz:
	bash scripts/fuzz 60s

# Long campaigns, apart from the tests: some hours.
torture:
	bash scripts/fuzz 60s
	go test ./sync/simulation -run 'TestSimulations$$' -sim.runs 10000 -timeout 3h -v
	go test ./handover -run TestNoHistory -handover.histories 10000 -timeout 1h -v
	go test ./qr ./record -rapid.checks 2000 -timeout 3h
	go test ./store -run 'Model|Property' -rapid.checks 2000 -timeout 3h
	go test ./store -v -run 'PowerCuts|FailedWaits|EveryCall|Lost|Killed|Hasty|Flips' -timeout 6h \
		-store.cuts 100000 -store.kills 2000 -store.flips 20000 -store.lasting

# Where the public summaries are, seen from bench/.
IPS ?= ../../shared/ips

# Where the pictures of codes are, seen from bench/.
SCANS ?= ../../shared/scans

# Dictionary 1 is part of the format and stays as it is: this shows where it came from.
dictionary:
	cd bench && go run ./train -ips $(IPS)

bench:
	cd bench && go run ./density -ips $(IPS)
	cd bench && go run ./speed -ips $(IPS)
	cd bench && go run ./delivery
	cd bench && go test ./delivery -run TestReturn -count 1 -v -full -seeds 3 -timeout 1h
	cd bench && go run ./journal
	cd bench && go run ./reading -scans $(SCANS)
	go test -run '^$$' -bench . -benchtime 1s ./record ./qr/... ./store ./sync
