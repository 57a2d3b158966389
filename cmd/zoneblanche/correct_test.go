package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/internal/fhirschema"
	"github.com/zoneblanche/zoneblanche/recipient"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// way is a journal, our recipient and the worker between them.
type way struct {
	dir     string
	journal *store.Journal
	server  *recipient.Server
	client  *fhir.Client
	worker  *outsync.Worker
}

func newWay(t *testing.T) *way {
	t.Helper()
	w := &way{dir: t.TempDir()}
	var err error
	if w.journal, err = store.Open(w.dir, &store.Options{Place: "here"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.journal.Close() })
	if w.server, err = recipient.New(t.TempDir(), recipient.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.server.Close() })
	line := httptest.NewServer(w.server.Handler())
	t.Cleanup(line.Close)
	if w.client, err = fhir.NewClient(line.URL, fhir.ClientOptions{}); err != nil {
		t.Fatal(err)
	}
	w.worker = outsync.New(w.journal, w.client)
	w.worker.FollowUp = time.Millisecond
	return w
}

func (w *way) note(t *testing.T, text string) string {
	t.Helper()
	c := consultation(time.Now())
	c.Note = text
	entry, _, err := recordConsultation(t.Context(), w.journal, c)
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

func (w *way) correct(t *testing.T, entry, text string) record.Item {
	t.Helper()
	c, err := w.journal.Consultation(t.Context(), entry)
	if err != nil {
		t.Fatal(err)
	}
	id, duplicate, err := correct(t.Context(), w.journal, entry, correctOptions{text, "99700218896"}.apply(c), time.Now())
	if err != nil || duplicate {
		t.Fatalf("correct: %v, %v", duplicate, err)
	}
	return w.item(t, id)
}

func (w *way) item(t *testing.T, entry string) record.Item {
	t.Helper()
	info, err := w.journal.Entry(t.Context(), entry)
	if err != nil {
		t.Fatal(err)
	}
	return info.Item
}

func (w *way) deliver(t *testing.T) outsync.Result {
	t.Helper()
	result, err := w.worker.Once(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func (w *way) status(t *testing.T, entry string) string {
	t.Helper()
	held, err := w.client.Lookup(t.Context(), w.item(t, entry).DocumentID)
	if err != nil || len(held) > 1 {
		t.Fatalf("%d held, %v", len(held), err)
	}
	if len(held) == 0 {
		return ""
	}
	return held[0].Status
}

// frozen holds everything that the journal delivers to the profiles' rules, to R4 and to
// what every delivery carries.
func (w *way) frozen(t *testing.T) {
	t.Helper()
	kinds := map[record.EntryKind]int{}
	err := w.journal.Entries(t.Context(), func(e store.EntryInfo) error {
		kinds[e.Kind]++
		s, err := w.journal.Submission(t.Context(), e.ID)
		if err != nil {
			return err
		}
		if err := fhirschema.Validate(s.Body); err != nil {
			t.Errorf("%s: %v", e.Kind, err)
		}
		if e.Kind != record.KindConsulted {
			for _, p := range fhir.CheckOwnBundle(s.Body) {
				t.Errorf("%s: %v", e.Kind, p)
			}
		}
		if !bytes.Contains(s.Body, []byte("zbh1.")) {
			t.Errorf("a %s without a head", e.Kind)
		}
		return nil
	})
	if err != nil || kinds[record.KindConsultation] == 0 || kinds[record.KindCorrection] == 0 || kinds[record.KindConsulted] == 0 {
		t.Errorf("%v, %v", kinds, err)
	}
}

// TestCorrections goes along every way of a correction to the recipient.
func TestCorrections(t *testing.T) {
	w := newWay(t)
	sent := w.note(t, "envoyée")
	w.deliver(t)
	after := w.correct(t, sent, "envoyée, corrigée") // its original is there
	waiting := w.note(t, "en attente")
	behind := w.correct(t, waiting, "en attente, corrigée") // its original is on its way
	again := w.correct(t, behind.Entry, "en attente, corrigée deux fois")
	if after.Waits || !behind.Waits || !again.Waits {
		t.Errorf("waits: %v %v %v", after.Waits, behind.Waits, again.Waits)
	}
	if r := w.deliver(t); r.Cleared != 4 || r.Waiting != 0 {
		t.Errorf("%+v", r)
	}
	for entry, want := range map[string]string{
		sent: "superseded", after.Entry: "current", waiting: "superseded", behind.Entry: "superseded", again.Entry: "current",
	} {
		if got := w.status(t, entry); got != want {
			t.Errorf("the recipient holds it as %q, want %q", got, want)
		}
	}

	// The recipient refuses a note, and its correction, and takes the second.
	w.server.SetMisbehaviour(recipient.Misbehaviour{Refuse: 2})
	refused := w.note(t, "refusée")
	w.deliver(t)
	second := w.correct(t, refused, "refusée, corrigée")
	w.deliver(t)
	third := w.correct(t, second.Entry, "refusée, corrigée deux fois")
	if !second.Instead || !third.Instead {
		t.Errorf("instead: %v, %v", second.Instead, third.Instead)
	}
	if _, err := w.journal.Requeue(t.Context(), w.item(t, refused)); record.ReasonOf(err) != store.ReasonCorrected {
		t.Errorf("requeue of what is delivered otherwise: %v", err)
	}
	w.deliver(t)
	receipt := w.item(t, third.Entry).Receipt
	for _, entry := range []string{refused, second.Entry} {
		item := w.item(t, entry)
		if item.State != record.Cleared || item.Receipt.Via != "correction" || item.Receipt.Location != receipt.Location || w.status(t, entry) != "" {
			t.Errorf("%+v, at the recipient %q", item, w.status(t, entry))
		}
	}
	if got := w.status(t, third.Entry); got != "current" {
		t.Errorf("the correction is %q", got)
	}

	// A correction that is refused itself: the next one replaces what is there.
	w.server.SetMisbehaviour(recipient.Misbehaviour{Refuse: 1})
	bad := w.correct(t, after.Entry, "refusée à son tour")
	w.deliver(t)
	good := w.correct(t, bad.Entry, "bonne")
	w.deliver(t)
	if a, g := w.status(t, after.Entry), w.status(t, good.Entry); a != "superseded" || g != "current" || w.item(t, bad.Entry).State != record.Cleared {
		t.Errorf("replaced %q, correction %q, refused %+v", a, g, w.item(t, bad.Entry))
	}
	// The document says when the patient was seen, the entry when it was written.
	c, err := w.journal.Consultation(t.Context(), good.Entry)
	if err != nil || c.Note != "bonne" || !c.ActedAt.After(w.item(t, sent).ActedAt) {
		t.Errorf("%+v, %v", c, err)
	}
	if _, _, err := recordConsulted(t.Context(), w.journal, record.Consulted{Patient: c.Patient, Card: record.CardRef{ID: "00ff"}, At: time.Now(), Author: c.Author, Reason: "urgence"}); err != nil {
		t.Fatal(err)
	}
	w.frozen(t)
	r, err := w.journal.Verify(t.Context())
	if err != nil || len(r.Problems) > 0 {
		t.Errorf("%+v, %v", r.Problems, err)
	}
	c.Note = "autre"
	_, _, err = correct(t.Context(), w.journal, sent, c, time.Now())
	if record.ReasonOf(err) != store.ReasonCorrected {
		t.Errorf("a second correction of one entry: %v", err)
	}
}

// TestRecipientHoldsHeads: whatever is delivered carries a head, and what the recipient
// holds shows that the journal was cut short or rewritten afterwards.
func TestRecipientHoldsHeads(t *testing.T) {
	w := newWay(t)
	ctx := t.Context()
	first := w.note(t, "une")
	c := consultation(time.Now())
	if _, _, err := recordConsulted(ctx, w.journal, record.Consulted{Patient: c.Patient, Card: record.CardRef{ID: "00ff"}, At: c.ActedAt, Author: c.Author}); err != nil {
		t.Fatal(err)
	}
	if err := w.journal.Close(); err != nil {
		t.Fatal(err)
	}
	earlier := filepath.Join(t.TempDir(), "journal")
	if err := os.CopyFS(earlier, os.DirFS(w.dir)); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.journal, err = store.Open(w.dir, &store.Options{Place: "here"}); err != nil {
		t.Fatal(err)
	}
	w.worker.Outbox = w.journal
	w.note(t, "deux")
	w.correct(t, first, "une, corrigée")
	w.deliver(t)
	last := w.note(t, "trois")
	w.deliver(t)

	texts, err := w.server.JournalHeads()
	if err != nil || len(texts) != 5 {
		t.Fatalf("the recipient holds %d heads, want one of each delivery: %v", len(texts), err)
	}
	var latest store.Head
	for _, text := range texts {
		head, err := store.ParseHead(text)
		if err != nil {
			t.Fatal(err)
		}
		if problems, err := w.journal.CheckHead(ctx, head); err != nil || len(problems) > 0 {
			t.Errorf("the journal itself: %v, %v", problems, err)
		}
		if head.Seq >= latest.Seq {
			latest = head
		}
	}
	if latest.Seq != 4 {
		t.Errorf("the latest head is of entry %d, want the one before the last", latest.Seq)
	}
	cut, err := store.Open(earlier, &store.Options{Place: "here"})
	if err != nil {
		t.Fatal(err)
	}
	defer cut.Close()
	if problems, err := cut.CheckHead(ctx, latest); err != nil || len(problems) == 0 {
		t.Errorf("a journal that was cut short: %v, %v", problems, err)
	}
	// The last delivery has no head after it: its own document shows that it is missing.
	for journal, want := range map[*store.Journal]bool{w.journal: true, cut: false} {
		if known, err := journal.HasDocument(ctx, w.item(t, last).DocumentID); err != nil || known != want {
			t.Errorf("the last document is known: %v, %v, want %v", known, err, want)
		}
	}
	for range 3 {
		if _, _, err := recordConsultation(ctx, cut, consultation(time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	if problems, err := cut.CheckHead(ctx, latest); err != nil || len(problems) == 0 {
		t.Errorf("a journal that was rewritten: %v, %v", problems, err)
	}
}

// TestRecheckRequeues: what a recipient lost is sent again, the same bytes, and nothing
// that it still holds, or that a correction has replaced there.
func TestRecheckRequeues(t *testing.T) {
	w := newWay(t)
	kept, lost := w.note(t, "reste"), w.note(t, "perdue")
	old := w.note(t, "perdue et corrigée")
	w.deliver(t)
	correction := w.correct(t, old, "correction perdue aussi")
	replaced := w.note(t, "perdue, sa correction reste")
	stays := w.correct(t, replaced, "la correction reste")
	w.deliver(t)
	w.server.SetMisbehaviour(recipient.Misbehaviour{Refuse: 1})
	refused := w.note(t, "refusée")
	w.deliver(t)
	w.correct(t, refused, "prise à sa place")
	w.deliver(t)
	if owed, err := w.journal.Owed(t.Context()); err != nil || len(owed) > 0 {
		t.Fatalf("%d still owed, %v", len(owed), err)
	}
	gone := map[string]bool{}
	for _, entry := range []string{lost, old, correction.Entry, replaced} {
		gone[w.item(t, entry).DocumentID] = true
	}
	before := map[string]record.Receipt{}
	for _, entry := range []string{kept, lost, old, correction.Entry, replaced, stays.Entry} {
		before[entry] = w.item(t, entry).Receipt
	}
	if err := w.journal.Close(); err != nil {
		t.Fatal(err)
	}
	forgets := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if id := r.URL.Query().Get("identifier"); r.Method == http.MethodGet && gone[strings.TrimPrefix(id, "urn:ietf:rfc:3986|")] {
			rw.Header().Set("Content-Type", fhir.MediaType)
			_, _ = rw.Write([]byte(`{"resourceType":"Bundle","type":"searchset","total":0}`))
			return
		}
		w.server.Handler().ServeHTTP(rw, r)
	}))
	defer forgets.Close()
	var out strings.Builder
	code := run(t.Context(), []string{"sync", "recheck", "--data", w.dir, "--url", forgets.URL, "--requeue", "--json"},
		terminal{in: strings.NewReader(""), out: &out, err: &out})
	if code != exitPart || !strings.Contains(out.String(), `"missing":4,"requeued":3`) {
		t.Errorf("status %d: %s", code, out.String())
	}
	var err error
	if w.journal, err = store.Open(w.dir, nil); err != nil {
		t.Fatal(err)
	}
	for entry, want := range map[string]record.DeliveryState{
		kept: record.Cleared, lost: record.InFlight, old: record.InFlight, correction.Entry: record.InFlight,
		replaced: record.Cleared, stays.Entry: record.Cleared, refused: record.Cleared,
	} {
		item := w.item(t, entry)
		if item.State != want {
			t.Errorf("%+v, want %s", item, want)
		}
		if want == record.InFlight && (len(item.Former) != 1 || item.Former[0].Location != before[entry].Location) {
			t.Errorf("its receipt is forgotten: %+v", item)
		}
	}
	// Looked up first: the recipient of this test has not really lost anything.
	w.worker = outsync.New(w.journal, w.client)
	sent := 0
	w.worker.OnEvent = func(e outsync.Event) {
		if e.Kind == outsync.AttemptStarted {
			sent++
		}
	}
	if r := w.deliver(t); r.Cleared != 3 || sent != 0 {
		t.Errorf("%+v, and %d were sent although they are there", r, sent)
	}
}

// TestRecheckRestores: a recipient that has truly lost a note and its correction has both
// again, in their order, each once. (A correction that names the first one by the place
// that its receipt told is refused there, and corrected again by a person.)
func TestRecheckRestores(t *testing.T) {
	w, empty := newWay(t), newWay(t)
	first := w.note(t, "première")
	second := w.correct(t, first, "correction")
	w.deliver(t)
	for _, entry := range []string{first, second.Entry} {
		if _, err := w.journal.Recover(t.Context(), w.item(t, entry)); err != nil {
			t.Fatal(err)
		}
	}
	before := map[string]record.Item{first: w.item(t, first), second.Entry: w.item(t, second.Entry)}
	// Another process, for which all of that is long ago.
	w.worker, w.client = outsync.New(w.journal, empty.client), empty.client
	w.worker.Now = func() time.Time { return time.Now().Add(time.Hour) }
	if r := w.deliver(t); r.Cleared != 2 || r.Waiting != 0 {
		t.Errorf("%+v", r)
	}
	if a, b := w.status(t, first), w.status(t, second.Entry); a != "superseded" || b != "current" {
		t.Errorf("the first is %q, its correction %q", a, b)
	}
	documents, err := empty.server.Documents()
	if err != nil || len(documents) != 2 {
		t.Fatalf("%d documents, %v", len(documents), err)
	}
	for _, d := range documents {
		if d.Held != 1 || !d.Intact || d.UniqueID != before[first].DocumentID && d.UniqueID != before[second.Entry].DocumentID {
			t.Errorf("%+v", d)
		}
	}
}
