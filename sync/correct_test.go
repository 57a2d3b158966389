package sync_test

import (
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

// addCorrection records what replaces an entry.
func (r *rig) addCorrection(of string) string {
	n := len(r.sent) + 1
	s := transporttest.Correction(n, r.sent[of])
	entry := "correction-of-" + of
	r.outbox.AddCorrection(entry, of, time.Now(), s)
	r.sent[entry] = s
	return entry
}

// A correction leaves once its original is cleared, and in the same call of Once.
func TestCorrectionFollows(t *testing.T) {
	for name, deliver := range map[string]func(*rig){
		"once": func(r *rig) { r.once() },
		"run": func(r *rig) {
			stop := r.run()
			time.Sleep(10 * time.Second)
			stop()
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				first := r.addActed(time.Now())
				second := r.addCorrection(first)
				third := r.addCorrection(second)
				deliver(r)
				r.wantStates(map[record.DeliveryState]int{record.Cleared: 3})
				r.wantDelivered()
				for entry, want := range map[string]string{first: "superseded", second: "superseded", third: "current"} {
					if held := r.memory.Held(r.sent[entry].DocumentID); len(held) != 1 || held[0].Status != want {
						t.Errorf("%s: %+v, want it %s", entry, held, want)
					}
				}
			})
		})
	}
}

// What its original's outcome is not known, or was refused, a correction does not know
// better: it stays, and its siblings go on.
func TestCorrectionWaits(t *testing.T) {
	for name, fault := range map[string]transporttest.Fault{
		"lost":    {Kind: transporttest.LoseRequest},
		"refused": {Kind: transporttest.Refuse, Words: "auteur inconnu"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				first := r.addActed(time.Now())
				r.faults.forDocument(r.sent[first].DocumentID, fault)
				correction := r.addCorrection(first)
				r.add(3)
				stop := r.run()
				time.Sleep(10 * time.Minute)
				if item := r.outbox.Item(correction); item.State != record.Pending || item.Attempts != 0 {
					t.Errorf("the correction is %+v", item)
				}
				if got := r.states()[record.Cleared]; got != 3 {
					t.Errorf("%d others are cleared, want 3", got)
				}
				r.faults.forDocument(r.sent[first].DocumentID, transporttest.Fault{})
				r.outbox.Release(first, time.Now())
				time.Sleep(10 * time.Minute)
				stop()
				r.wantStates(map[record.DeliveryState]int{record.Cleared: 5})
				r.wantDelivered()
			})
		})
	}
}
