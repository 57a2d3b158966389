package store

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/record"
)

// paired opens a journal with a peer that somebody has confirmed.
func paired(t *testing.T, dir string) (*Journal, Peer) {
	t.Helper()
	j := mustOpen(t, dir, nil)
	return j, befriend(t, j)
}

func befriend(t testing.TB, j *Journal) Peer {
	t.Helper()
	p := Peer{Name: "Poste", Sign: bytes.Repeat([]byte{1}, 32), Seal: bytes.Repeat([]byte{2}, 32), Holder: true}
	p.ID = PeerID(p.Sign, p.Seal)
	if err := j.Pair(ctx, p); err != nil {
		t.Fatal(err)
	}
	if err := j.ConfirmPeer(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	return p
}

// fillHandover makes a row of each kind: an entry is given, and one is taken.
func fillHandover(t testing.TB, j *Journal) {
	t.Helper()
	p := befriend(t, j)
	item := mustRecord(t, j, fmt.Sprintf("à remettre %x %s", randomBytes(8), secretNote), acted)
	s, err := j.Submission(ctx, item.Entry)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Give(ctx, Given{Entry: item.Entry, Peer: p.ID, Content: ContentOf(s, sha256.Sum256(s.Body)), GivenAt: acted}); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Take(ctx, handedOver(p, acted)); err != nil {
		t.Fatal(err)
	}
	if err := j.Offer(ctx, randomBytes(16), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
}

func handedOver(p Peer, at time.Time) Handed {
	c := consultation("une note", at)
	return Handed{Entry: c.ID, Peer: p.ID, Kind: record.KindConsultation, ActedAt: at, MadeAt: at.Add(time.Hour), Submission: submission(c)}
}

// What was taken is owed, is on disk, and begins with a look-up, whatever happens to the
// process; a purge leaves what recognises it.
func TestTakenIsKeptAndRecognised(t *testing.T) {
	dir := t.TempDir()
	j, p := paired(t, dir)
	h := handedOver(p, acted)
	if again, err := j.Take(ctx, h); again || err != nil {
		t.Fatalf("got %v, %v", again, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, dir, nil)
	info, err := j.Entry(ctx, h.Entry)
	if err != nil || info.From != p.ID || info.Patient != "" || info.Item.State != record.InFlight || !info.Item.Deadline.Equal(acted.Add(48*time.Hour)) {
		t.Fatalf("got %+v, %v", info, err)
	}
	s, err := j.Submission(ctx, h.Entry)
	if err != nil || !bytes.Equal(s.Body, h.Submission.Body) || s.DocumentID != h.Submission.DocumentID {
		t.Fatalf("the bytes are others (%v)", err)
	}
	if _, err := j.Clear(ctx, info.Item, record.Receipt{At: time.Now(), Location: "DocumentReference/1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Purge(ctx, PurgeOptions{}); err != nil {
		t.Fatal(err)
	}
	if again, err := j.Take(ctx, h); !again || err != nil {
		t.Fatalf("after a purge: got %v, %v, want that it is known", again, err)
	}
	h.Submission.Body = []byte("other bytes")
	_, err = j.Take(ctx, h)
	wantReason(t, err, record.CodeConflict, ReasonHandoverOther)
	all, err := j.AllTaken(ctx)
	if err != nil || len(all) != 1 || all[0].Item.Receipt.Empty() {
		t.Fatalf("got %+v, %v", all, err)
	}
	mustBeSound(t, j)
}

// The receipt of another machine clears the entry that it names, and keeps its clock to
// itself.
func TestFinalReceiptClears(t *testing.T) {
	j, p := paired(t, t.TempDir())
	item := mustRecord(t, j, "une note", acted)
	s, err := j.Submission(ctx, item.Entry)
	if err != nil {
		t.Fatal(err)
	}
	c := ContentOf(s, sha256.Sum256(s.Body))
	if err := j.Give(ctx, Given{Entry: item.Entry, Peer: p.ID, Content: c, GivenAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	tries, err := j.Attempts(ctx, item.Entry)
	if err != nil || len(tries) != 1 || tries[0].Cause != CauseHandedOver {
		t.Fatalf("got %+v, %v", tries, err)
	}
	_, err = j.HeardFinal(ctx, item.Entry, p.ID, c, record.Receipt{})
	wantReason(t, err, record.CodeInvalid, ReasonNoReceipt)
	future := time.Now().AddDate(1, 0, 0)
	if cleared, err := j.HeardFinal(ctx, item.Entry, p.ID, c, record.Receipt{At: future, Location: "DocumentReference/1"}); !cleared || err != nil {
		t.Fatalf("got %v, %v", cleared, err)
	}
	info, err := j.Entry(ctx, item.Entry)
	if err != nil || info.Item.State != record.Cleared || !info.Item.Receipt.At.Before(future) {
		t.Fatalf("got %+v, %v", info.Item, err)
	}
	mustBeSound(t, j)
}

// A journal that is older than the hand-over opens, and gets its bucket.
func TestOlderJournalLearnsHandover(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, nil)
	mustRecord(t, j, "une note", acted)
	path := j.path()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bolt.Tx) error { return tx.DeleteBucket(bucketHandover) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, readOnly := range []bool{true, false, true} {
		j := mustOpen(t, dir, &Options{ReadOnly: readOnly})
		if peers, err := j.Peers(ctx); err != nil || len(peers) != 0 {
			t.Fatalf("got %v, %v", peers, err)
		}
		mustBeSound(t, j)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	j, p := paired(t, dir)
	if _, err := j.Take(ctx, handedOver(p, acted)); err != nil {
		t.Fatal(err)
	}
	mustBeSound(t, j)
}

// An offer serves once, until its time, and only who has the secret.
func TestOfferServesOnce(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	secret := []byte("sixteen bytes...")
	name := sha256.Sum256(secret)
	yes, no := func([]byte) bool { return true }, func([]byte) bool { return false }
	if err := j.Offer(ctx, secret, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	_, err := j.Offered(ctx, name[:], no)
	wantReason(t, err, record.CodeNotFound, ReasonNoOffer)
	if got, err := j.Offered(ctx, name[:], yes); err != nil || !bytes.Equal(got, secret) {
		t.Fatalf("got %x, %v", got, err)
	}
	_, err = j.Offered(ctx, name[:], yes)
	wantReason(t, err, record.CodeNotFound, ReasonNoOffer)
	if err := j.Offer(ctx, secret, time.Now().Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	_, err = j.Offered(ctx, name[:], yes)
	wantReason(t, err, record.CodeNotFound, ReasonNoOffer)
}
