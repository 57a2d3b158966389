// Command delivery measures what delivery makes of a thin line.
//
//	go run ./delivery               everything
//	go run ./delivery drain         500 entries over 8/1 Mb/s, 60 ms, 2 % loss
//	go run ./delivery photograph    a photograph under way there, and notes beside it
//
// The return of the network is simulated time, which only a test can have:
//
//	go test ./delivery -run TestReturn -count 1 -v
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	what := ""
	if len(os.Args) > 1 {
		what = os.Args[1]
	}
	if err := run(what, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "delivery:", err)
		os.Exit(1)
	}
}

func run(what string, out io.Writer) error {
	if what == "" || what == "drain" {
		if err := thinLine(out, drainOurs, drainPeer); err != nil {
			return err
		}
	}
	if what == "" || what == "photograph" {
		if err := thinLine(out, photograph); err != nil {
			return err
		}
	}
	return nil
}
