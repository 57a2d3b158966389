package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// deposit puts what was signed into a folder that the practice's software watches, as
// FHIR: consultation-ID.json, the Bundle as it is delivered, photographie-ID.json for
// each photograph, and before it resume-ID.json, the summary of the card (not after a
// crash in between).
//
// The journal comes first: a folder that is full or gone stops nobody from signing, and
// what is missing follows when it can be written. Each entry is written at least once;
// a file has the same name and content each time.
type deposit struct {
	dir     string
	journal *store.Journal
	wake    chan struct{}
	failing atomic.Bool

	mu        sync.Mutex
	summaries map[string]*record.Summary // of consultations about to be recorded
}

// maxSummaries bounds those that wait for a folder that takes nothing. Their
// consultations are in the journal, and follow without them.
const maxSummaries = 100

// depositMark is the file that says up to where, in the journal's folder.
const depositMark = "deposit.json"

// mark is its content.
type mark struct {
	Journal  string `json:"journal"` // another journal is deposited from its own start
	Sequence uint64 `json:"sequence"`
}

// depositRetry is how long a folder that could not be written to is left alone.
const depositRetry = 30 * time.Second

func openDeposit(dir string, journal *store.Journal) (*deposit, error) {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, &plainError{say: fmt.Sprintf(sayDepositFolder, dir), next: nextDepositFolder, code: exitFailed}
	}
	d := &deposit{dir: dir, journal: journal, wake: make(chan struct{}, 1), summaries: map[string]*record.Summary{}}
	_, err = d.mark() // from now on
	return d, err
}

// signing keeps the summary that a consultation rests on until both are deposited:
// the journal does not hold it.
func (d *deposit) signing(consultation string, s *record.Summary) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.summaries) < maxSummaries {
		d.summaries[consultation] = s
	}
}

// soon makes run look for what is new.
func (d *deposit) soon() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// run deposits until the context ends.
func (d *deposit) run(ctx context.Context) {
	retry := time.NewTicker(depositRetry)
	defer retry.Stop()
	for {
		if err := d.catchUp(ctx); !errors.Is(err, context.Canceled) {
			d.failing.Store(err != nil)
		}
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-retry.C:
			if !d.failing.Load() {
				continue
			}
		}
	}
}

// catchUp deposits every entry past the mark, and moves it.
func (d *deposit) catchUp(ctx context.Context) error {
	m, err := d.mark()
	if err != nil {
		return err
	}
	return d.journal.EntriesAfter(ctx, m.Sequence, func(e store.EntryInfo) error {
		if e.Purged.IsZero() {
			// What the journal itself cannot read holds up nothing after it.
			if err := d.entry(ctx, e); err != nil && record.ReasonOf(err) != store.ReasonJournalDamaged {
				return err
			}
		}
		m.Sequence = e.Seq
		return d.keep(m)
	})
}

func (d *deposit) entry(ctx context.Context, e store.EntryInfo) error {
	name := "consultation-"
	switch e.Kind {
	case record.KindPhotograph:
		name = "photographie-"
	case record.KindConsulted: // nothing was said about the patient
		return nil
	}
	d.mu.Lock()
	summary := d.summaries[e.ID]
	d.mu.Unlock()
	if summary != nil {
		text, err := fhir.ExportBundle(summary, fhir.ExportOptions{})
		if err != nil {
			return err
		}
		if err := atomicfile.Write(filepath.Join(d.dir, "resume-"+e.ID+".json"), text, 0o600); err != nil {
			return err
		}
	}
	bundle, err := bundleOf(ctx, d.journal, e.ID)
	if err != nil {
		return err
	}
	defer bundle.Close()
	if err := atomicfile.WriteFrom(filepath.Join(d.dir, name+e.ID+".json"), bundle, 0o600); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.summaries, e.ID)
	return nil
}

// mark reads up to where entries were deposited. Without one, nothing that was signed
// before today is: a folder asked for now is not flooded with years.
func (d *deposit) mark() (mark, error) {
	m := mark{Journal: d.journal.ID()}
	text, err := os.ReadFile(filepath.Join(d.journal.Dir(), depositMark))
	if err == nil {
		var kept mark
		if err := json.Unmarshal(text, &kept); err == nil && kept.Journal == m.Journal {
			return kept, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	head, err := d.journal.Head()
	if err != nil {
		return m, err
	}
	m.Sequence = head.Seq
	return m, d.keep(m)
}

func (d *deposit) keep(m mark) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(d.journal.Dir(), depositMark), text, 0o600)
}

// bundleOf gives the Bundle of an entry as it is delivered.
func bundleOf(ctx context.Context, journal *store.Journal, entry string) (io.ReadCloser, error) {
	submission, err := journal.Submission(ctx, entry)
	if err != nil {
		return nil, err
	}
	return fhir.OpenBody(submission)
}
