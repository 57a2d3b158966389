package main

import (
	"fmt"
	"os"

	"github.com/zoneblanche/zoneblanche/bench/corpus"
	"github.com/zoneblanche/zoneblanche/bench/training"
	"github.com/zoneblanche/zoneblanche/qr/compress"
)

// model is what the cards of one family are compressed with.
type model struct {
	name    string
	learned *compress.Model
}

// trainWithout makes the model with which the cards of a family are measured: as the
// dictionary of the format is made, from the same sources and every file but those
// of the family.
func trainWithout(files []corpus.File, family, source string) (model, error) {
	d, err := training.Dictionary(os.DirFS(source), corpus.Without(files, family))
	if err != nil {
		return model{}, err
	}
	return model{fmt.Sprintf("trained without %s, %d bytes", family, len(d)), compress.NewModel(d)}, nil
}
