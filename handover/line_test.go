package handover

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// answering starts a holder's server behind wrap and returns its address.
func answering(t *testing.T, j *store.Journal, dir string, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	s, err := NewServer(j, dir)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if wrap == nil {
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- s.Serve(ctx, l) }()
		t.Cleanup(func() {
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
		return l.Addr().String()
	}
	config, err := s.desk.identity.tlsConfig(func(ed25519.PublicKey) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: wrap(s.handler()), TLSConfig: config, ErrorLog: log.New(io.Discard, "", 0),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}}
	go func() { _ = server.ServeTLS(l, "", "") }()
	t.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}

// lineTo makes a line from a laptop to the holder at an address.
func lineTo(t *testing.T, laptop, holder *store.Journal, address, dir string) *Line {
	t.Helper()
	id := desk(t, holder).Identity().ID
	if err := laptop.MovePeer(context.Background(), id, address); err != nil {
		t.Fatal(err)
	}
	peers, err := laptop.Peers(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range peers {
		if p.ID == id {
			l, err := NewLine(laptop, p, dir)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(l.Close)
			return l
		}
	}
	t.Fatal("not paired")
	return nil
}

// recordLarge records an entry whose body is as long as a photograph's.
func recordLarge(t *testing.T, j *store.Journal, size int) string {
	t.Helper()
	c := consultation()
	id, _, err := j.Record(context.Background(), c, record.Submission{DocumentID: "urn:uuid:" + uuid.NewString(), MediaType: "application/fhir+json",
		Body: []byte(`{"data":"` + strings.Repeat("QWXZ", size/4) + `"}`), DocumentSHA1: bytes.Repeat([]byte{1}, 20), DocumentSize: size, Entries: 3})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func exchange(t *testing.T, l *Line) Exchanged {
	t.Helper()
	out, err := l.Exchange(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTripByNetwork(t *testing.T) {
	laptop, practice := openStore(t, t.TempDir()), openStore(t, t.TempDir())
	introduce(t, laptop, practice)
	note, photo := recordOne(t, laptop), recordLarge(t, laptop, 3<<20)
	l := lineTo(t, laptop, practice, answering(t, practice, t.TempDir(), nil), t.TempDir())
	if out := exchange(t, l); out.Taken != 2 || out.Cleared != 0 || out.Waiting != 2 {
		t.Fatalf("got %+v, want two taken and waiting", out)
	}
	if out := exchange(t, l); out.Taken != 0 || out.Waiting != 2 {
		t.Fatalf("again: got %+v", out)
	}
	for _, entry := range []string{note, photo} {
		ours, err := laptop.Submission(context.Background(), entry)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := practice.Submission(context.Background(), entry)
		if err != nil || !bytes.Equal(ours.Body, theirs.Body) {
			t.Fatalf("other bytes arrived (%v)", err)
		}
		deliver(t, practice, entry)
	}
	if out := exchange(t, l); out.Cleared != 2 || out.Waiting != 0 {
		t.Fatalf("got %+v, want two cleared", out)
	}
	if names, _, _ := l.dir.List(); len(names) != 0 {
		t.Errorf("still waiting for the network: %v", names)
	}
	sound(t, laptop, practice)
}

// A holder that was restored from a backup and forgot what it took is given it again.
func TestForgottenIsGivenAgain(t *testing.T) {
	ctx := context.Background()
	laptop, dir := openStore(t, t.TempDir()), t.TempDir()
	practice := openStore(t, dir)
	introduce(t, laptop, practice)
	backup := filepath.Join(t.TempDir(), "backup.zip")
	if _, err := practice.Backup(ctx, backup, store.BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	entry := recordOne(t, laptop)
	exchange(t, lineTo(t, laptop, practice, answering(t, practice, t.TempDir(), nil), t.TempDir()))
	if err := practice.Close(); err != nil {
		t.Fatal(err)
	}
	restored := filepath.Join(t.TempDir(), "journal")
	if err := store.Restore(backup, restored); err != nil {
		t.Fatal(err)
	}
	practice = openStore(t, restored)
	if out := exchange(t, lineTo(t, laptop, practice, answering(t, practice, t.TempDir(), nil), t.TempDir())); out.Taken != 1 {
		t.Fatalf("got %+v, want it taken again", out)
	}
	deliver(t, practice, entry)
	sound(t, laptop, practice)
}

// Nobody but the peer that was paired is talked to, on either side.
func TestOnlyThePairedKey(t *testing.T) {
	ctx := context.Background()
	laptop, practice, thief := openStore(t, t.TempDir()), openStore(t, t.TempDir()), openStore(t, t.TempDir())
	introduce(t, laptop, practice)
	recordOne(t, laptop)
	// A thief who answers at the practice's address.
	l := lineTo(t, laptop, practice, answering(t, thief, t.TempDir(), nil), t.TempDir())
	_, err := l.Exchange(ctx)
	reason(t, err, ReasonNoLine)
	// A thief who asks the practice; the thief knows its key.
	i := desk(t, practice).Identity()
	if err := thief.Pair(ctx, store.Peer{ID: i.ID, Sign: i.SignKey(), Seal: i.SealKey(), Holder: true}); err != nil {
		t.Fatal(err)
	}
	if err := thief.ConfirmPeer(ctx, i.ID); err != nil {
		t.Fatal(err)
	}
	address := answering(t, practice, t.TempDir(), nil)
	_, err = lineTo(t, thief, practice, address, t.TempDir()).Exchange(ctx)
	reason(t, err, ReasonStranger)
	// The laptop, after the practice has ended the pairing.
	if err := practice.RevokePeer(ctx, desk(t, laptop).Identity().ID); err != nil {
		t.Fatal(err)
	}
	_, err = lineTo(t, laptop, practice, address, t.TempDir()).Exchange(ctx)
	reason(t, err, store.ReasonPeerRevoked)
	if taken, _ := practice.AllTaken(ctx); len(taken) != 0 {
		t.Error("something was taken")
	}
}

// A transfer that is cut off goes on where it was, and a note passes a photograph that
// is under way.
func TestResumedAndNotInTheWay(t *testing.T) {
	ctx := context.Background()
	laptop, practice := openStore(t, t.TempDir()), openStore(t, t.TempDir())
	introduce(t, laptop, practice)
	recordLarge(t, laptop, 10<<20)
	var bytesSent atomic.Int64
	var cutAt atomic.Int64
	cutAt.Store(4 << 20)
	hold, arrived := make(chan struct{}), make(chan struct{}, 100)
	var holding atomic.Bool
	address := answering(t, practice, t.TempDir(), func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && r.ContentLength == pieceSize {
				if bytesSent.Add(r.ContentLength) > cutAt.Load() {
					panic(http.ErrAbortHandler)
				}
				if holding.Load() {
					arrived <- struct{}{}
					<-hold
				}
			}
			next.ServeHTTP(w, r)
		})
	})
	dir := t.TempDir()
	_, err := lineTo(t, laptop, practice, address, dir).Exchange(ctx)
	reason(t, err, ReasonNoLine)
	before := bytesSent.Load()
	cutAt.Store(1 << 40)
	holding.Store(true)

	l := lineTo(t, laptop, practice, address, dir)
	done := make(chan error, 1)
	go func() {
		_, err := l.Photographs(ctx)
		done <- err
	}()
	<-arrived // a piece is under way, and stays so
	note := recordOne(t, laptop)
	if out, err := l.Notes(ctx); err != nil || out.Taken != 1 {
		t.Fatalf("got %+v, %v, want the note taken", out, err)
	}
	if _, err := practice.Entry(ctx, note); err != nil {
		t.Fatal(err)
	}
	if taken, _ := practice.AllTaken(ctx); len(taken) != 1 {
		t.Fatalf("got %d entries, want the note alone", len(taken))
	}
	holding.Store(false)
	close(hold)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if taken, _ := practice.AllTaken(ctx); len(taken) != 2 {
		t.Fatalf("got %d entries, want both", len(taken))
	}
	if total := bytesSent.Load(); total > 10<<20+2*pieceSize {
		t.Errorf("%d bytes were sent for 10 MiB, %d of them before the cut: it began again", total, before)
	}
	sound(t, laptop, practice)
}

// An answer to an offer goes over the network where there is one.
func TestPairingByNetwork(t *testing.T) {
	ctx := context.Background()
	laptop, practice := openStore(t, t.TempDir()), openStore(t, t.TempDir())
	address := answering(t, practice, t.TempDir(), nil)
	offer, err := Offer(ctx, practice, "Cabinet", address, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	peer, answer, err := Accept(ctx, laptop, offer, "Portable", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := SendAnswer(ctx, laptop, peer, answer); err != nil {
		t.Fatal(err)
	}
	reason(t, SendAnswer(ctx, laptop, peer, answer), store.ReasonNoOffer)
	peers, err := practice.Peers(ctx)
	if err != nil || len(peers) != 1 || peers[0].Usable() || !bytes.Equal(peers[0].Fingerprint, peer.Fingerprint) {
		t.Fatalf("got %+v, %v", peers, err)
	}
}
