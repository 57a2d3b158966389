package handover

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// The histories are played on a journal in memory. It answers as the real one does.
func TestMemoryIsLikeTheStore(t *testing.T) {
	real := openStore(t, t.TempDir())
	own := recordOne(t, real)
	s, err := real.Submission(context.Background(), own)
	if err != nil {
		t.Fatal(err)
	}
	model := newMemory('m', time.Now)
	model.items[own] = &entry{submission: s, item: stateOf(t, real, own)}
	stranger := store.Peer{ID: store.PeerID(make([]byte, 32), make([]byte, 32)), Sign: make([]byte, 32), Seal: make([]byte, 32), Holder: true}

	fromStore := rehearse(t, real, s, own, stranger.ID, func(step string) {
		var err error
		switch step {
		case "pair":
			err = real.Pair(context.Background(), stranger)
		case "confirm":
			err = real.ConfirmPeer(context.Background(), stranger.ID)
		case "revoke":
			err = real.RevokePeer(context.Background(), stranger.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}, func(id string) record.DeliveryState { return stateOf(t, real, id).State })
	fromModel := rehearse(t, model, s, own, stranger.ID, func(step string) {
		switch step {
		case "pair":
			model.peers[stranger.ID] = &stranger
		case "confirm":
			stranger.ConfirmedAt = time.Now()
		case "revoke":
			stranger.RevokedAt = time.Now()
		}
	}, func(id string) record.DeliveryState { return model.items[id].item.State })
	if !slices.Equal(fromStore, fromModel) {
		for i := range fromStore {
			if fromStore[i] != fromModel[i] {
				t.Errorf("step %d: the store says %q, the model %q", i, fromStore[i], fromModel[i])
			}
		}
	}
	t.Logf("%d steps", len(fromStore))
	sound(t, real)
}

// rehearse takes a journal through everything that a desk may ask of it, right and
// wrong, and returns what it answered.
func rehearse(t *testing.T, j Journal, s record.Submission, own, peer string, act func(string), state func(string) record.DeliveryState) (said []string) {
	ctx := context.Background()
	say := func(what string, err error) {
		said = append(said, fmt.Sprintf("%s: %s %s", what, record.ReasonOf(err), state(own)))
	}
	content := store.ContentOf(s, sha256.Sum256(s.Body))
	other := content
	other.BodySHA256 = make([]byte, 32)
	foreign := s
	foreign.DocumentID, foreign.Body = "urn:uuid:"+uuid.NewString(), []byte(`{"other":true}`)
	handed := store.Handed{Entry: "01920000-0000-7000-8000-000000000000", Peer: peer, Kind: record.KindConsultation, ActedAt: time.Now(), MadeAt: time.Now(), Submission: foreign}
	altered := handed
	altered.Submission.Body = []byte(`{"other":false}`)
	ours := store.Handed{Entry: own, Peer: peer, Kind: record.KindConsultation, ActedAt: time.Now(), MadeAt: time.Now(), Submission: s}
	receipt := record.Receipt{At: time.Now(), Location: "DocumentReference/1"}

	everything := func() {
		say("give", j.Give(ctx, store.Given{Entry: own, Peer: peer, Content: content, GivenAt: time.Now()}))
		say("give again", j.Give(ctx, store.Given{Entry: own, Peer: peer, Content: content, GivenAt: time.Now()}))
		say("give other bytes", j.Give(ctx, store.Given{Entry: own, Peer: peer, Content: other, GivenAt: time.Now()}))
		again, err := j.Take(ctx, handed)
		say(fmt.Sprint("take ", again), err)
		again, err = j.Take(ctx, handed)
		say(fmt.Sprint("take again ", again), err)
		_, err = j.Take(ctx, altered)
		say("take other bytes", err)
		again, err = j.Take(ctx, ours)
		say(fmt.Sprint("take what is ours ", again), err)
		say("heard of what was not given", j.HeardTaken(ctx, handed.Entry, peer, content, store.Heard{At: time.Now()}))
		say("heard of other bytes", j.HeardTaken(ctx, own, peer, other, store.Heard{At: time.Now()}))
		say("heard taken", j.HeardTaken(ctx, own, peer, content, store.Heard{At: time.Now(), Attention: true}))
		say("heard nothing", j.HeardNothing(ctx, own, peer))
		say("heard taken again", j.HeardTaken(ctx, own, peer, content, store.Heard{At: time.Now()}))
		given, err := j.AllGiven(ctx)
		for _, g := range given {
			said = append(said, fmt.Sprint(g.Entry == own, g.TakenAt.IsZero(), g.Attention, g.FinalAt.IsZero(), err))
		}
		taken, err := j.AllTaken(ctx)
		for _, h := range taken {
			said = append(said, fmt.Sprint(h.Entry == own, h.Item.State, h.Item.Attempts, h.FinalAt.IsZero(), err))
		}
		_, err = j.HeardFinal(ctx, own, peer, other, receipt)
		say("final of other bytes", err)
		cleared, err := j.HeardFinal(ctx, own, peer, content, receipt)
		say(fmt.Sprint("final ", cleared), err)
		cleared, err = j.HeardFinal(ctx, own, peer, content, receipt)
		say(fmt.Sprint("final again ", cleared), err)
		owed, err := j.Owed(ctx)
		said = append(said, fmt.Sprint(len(owed), err))
	}
	everything()
	act("pair")
	everything()
	act("confirm")
	everything()
	everything()
	act("revoke")
	everything()
	return said
}
