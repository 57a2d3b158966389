# make test is the README's test command; the other targets are for whoever works
# on the project.
.PHONY: build test demo fuzz bench

build:
	CGO_ENABLED=0 go build -trimpath -o build/zoneblanche ./cmd/zoneblanche

test:
	bash scripts/test

demo:
	go run ./cmd/zoneblanche demo

fuzz:
	bash scripts/fuzz 60s

bench:
	go test -run '^$$' -bench . -benchtime 1s ./record ./qr/... ./store ./sync
