package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
)

func newQR(a *app) *cobra.Command {
	read := verb("read IMAGE|PDF...", helpQRRead, atLeast(1, sayNoPicture), func(cmd *cobra.Command, args []string) error {
		return a.qrRead(cmd, args)
	})
	a.jsonFlag(read.Flags())
	return group("qr", helpQR, read, newQRLearn(a))
}

// qrResult is one line of qr read --json.
type qrResult struct {
	File    string     `json:"file"`
	Symbols []qrSymbol `json:"symbols"`
	MS      int64      `json:"ms"`
	// Warnings say what to change when nothing was read.
	Warnings []qr.Warning `json:"warnings,omitempty"`
}

type qrSymbol struct {
	Text    string   `json:"text"`
	Format  string   `json:"format"`
	Corners [][2]int `json:"corners"`
	Page    int      `json:"page"`
}

func (a *app) qrRead(cmd *cobra.Command, paths []string) error {
	var with, without int
	failed := exitDone
	for _, path := range paths {
		start := time.Now()
		symbols, why, err := readPicture(cmd.Context(), path)
		if cmd.Context().Err() != nil {
			return cmd.Context().Err()
		}
		if err != nil {
			failed = max(failed, a.tell(err))
			if len(symbols) == 0 {
				continue
			}
		}
		result := qrResult{File: path, Symbols: []qrSymbol{}, MS: since(start)}
		for _, s := range symbols {
			result.Symbols = append(result.Symbols, qrSymbol{s.Text, s.Format, s.Corners, s.Page})
		}
		if len(symbols) > 0 {
			with++
		} else {
			without++
			result.Warnings = []qr.Warning{warningOf(why)}
		}
		if a.asJSON {
			if err := a.json(result); err != nil {
				return err
			}
			continue
		}
		for _, s := range symbols {
			fmt.Fprintln(a.out, clean(s.Text))
		}
		if len(symbols) == 0 {
			a.tell(&plainError{say: path + " : " + detailNoCode + ".", next: why.French(), code: record.Unreadable.Exit()})
		}
	}
	switch {
	case failed != exitDone && with+without == 0:
		return exitWith(failed)
	case failed != exitDone && with > 0:
		return exitWith(exitPart)
	case without == 0:
		return nil
	case with == 0:
		return exitWith(record.Unreadable.Exit())
	}
	return exitWith(exitPart)
}
