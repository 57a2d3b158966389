package handover

import (
	"bytes"
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/recipient"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// relays pairs a laptop with a relay that seals to a recipient.
func relays(t *testing.T, laptop, hall *store.Journal, keys fhir.SealingKeys) {
	t.Helper()
	introduce(t, laptop, hall)
	i := desk(t, hall).Identity()
	err := laptop.Pair(context.Background(), store.Peer{ID: i.ID, Name: "Mairie", Sign: i.SignKey(), Seal: i.SealKey(), Holder: true,
		RelaySeal: keys.Seal, RelaySign: keys.Sign})
	if err == nil {
		err = laptop.ConfirmPeer(context.Background(), i.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A relay delivers what it cannot read, to the real recipient, with the real worker, and
// the origin believes the recipient's signature alone.
func TestRelayCannotRead(t *testing.T) {
	ctx := context.Background()
	server, err := recipient.New(t.TempDir(), recipient.Options{Misbehave: recipient.Misbehaviour{DropAnswers: 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	front := httptest.NewServer(server.Handler())
	defer front.Close()
	client, err := fhir.NewClient(front.URL, fhir.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := client.SealingKeysOf(ctx)
	if err != nil {
		t.Fatal(err)
	}
	laptop, hall := openStore(t, t.TempDir()), openStore(t, t.TempDir())
	relays(t, laptop, hall, keys)
	lost, entry := recordOne(t, laptop), recordOne(t, laptop)
	large := recordLarge(t, laptop, 3<<20)
	key := Dir(t.TempDir())
	if out := exports(t, laptop, key); out.Entries != 2 {
		t.Fatalf("got %+v, want the two notes", out)
	}
	wantOutcome(t, imports(t, hall, key), Took, 2)
	for _, e := range []string{lost, entry} {
		s, err := hall.Submission(ctx, e)
		if err != nil || bytes.Contains(s.Body, []byte("QWXZ")) || bytes.Contains(s.Body, []byte("PATIENTE")) || s.DocumentSHA1 != nil || s.DocumentSize != 0 {
			t.Fatalf("the relay reads something (%v)", err)
		}
	}
	// Given again after the key was lost, the bytes are the same.
	again := Dir(t.TempDir())
	exports(t, laptop, again)
	wantOutcome(t, imports(t, hall, again), TookAgain, 2)

	w := outsync.New(hall, client)
	w.RequestTimeout, w.Settle, w.FollowUp, w.Patience = time.Second, 10*time.Millisecond, 10*time.Millisecond, 10*time.Second
	if r, err := w.Once(ctx); err != nil || r.Cleared != 2 {
		t.Fatalf("got %+v, %v", r, err)
	}
	documents, err := server.Documents()
	if err != nil || len(documents) != 2 {
		t.Fatalf("got %d documents, %v", len(documents), err)
	}
	exports(t, hall, key)
	wantOutcome(t, imports(t, laptop, key), Cleared, 2)
	if item := stateOf(t, laptop, large); item.State == record.Cleared {
		t.Error("what was never given is cleared")
	}
	if item := stateOf(t, laptop, entry); item.Receipt.Location == "" || item.Receipt.Proof == "" {
		t.Errorf("got %+v", item.Receipt)
	}
	sound(t, laptop, hall)
}

// A relay that lies clears nothing.
func TestRelayCannotInvent(t *testing.T) {
	server, err := recipient.New(t.TempDir(), recipient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	laptop, hall := openStore(t, t.TempDir()), openStore(t, t.TempDir())
	relays(t, laptop, hall, server.SealingKeys())
	entry := recordOne(t, laptop)
	key := Dir(t.TempDir())
	exports(t, laptop, key)
	wantOutcome(t, imports(t, hall, key), Took, 1)
	deliver(t, hall, entry) // it says so, and sent nothing
	exports(t, hall, key)
	var got Outcome
	if _, err := desk(t, laptop).Import(context.Background(), key, func(o Outcome) {
		if o.Kind == KindFinal {
			got = o
		}
	}); err != nil {
		t.Fatal(err)
	}
	reason(t, got.Err, "sealed_receipt")
	if item := stateOf(t, laptop, entry); item.State == record.Cleared {
		t.Fatal("the relay's word alone clears")
	}
}
