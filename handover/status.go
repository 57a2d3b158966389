package handover

import (
	"context"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// Safety says how an entry stands against its deadline.
type Safety string

// The values of Safety.
const (
	OnCourse Safety = "on_course" // somebody who delivers has it, or there is a day left
	AtRisk   Safety = "at_risk"   // a person should see that it finds a road
	Missed   Safety = "missed"    // the deadline is over; it is delivered all the same
)

// An entry that nobody else has taken is at risk from a day before its deadline, when
// people are warned for the first time; one that a holder took, from half a day before.
const (
	riskAlone = 24 * time.Hour
	riskHeld  = 12 * time.Hour
)

// Holding says who holds an entry that is owed here.
type Holding struct {
	Entry    string               `json:"entry"`
	Deadline time.Time            `json:"deadline"`
	State    record.DeliveryState `json:"state"`
	Safety   Safety               `json:"safety"`
	// Origin is the peer that handed it over to this journal; nil for one of its own.
	Origin *Party `json:"origin,omitempty"`
	// Holders are the peers that it was given to, or that took it.
	Holders []Party `json:"holders,omitempty"`
}

// Party is another journal that has an entry, or may have.
type Party struct {
	Peer      string    `json:"peer"`
	Name      string    `json:"name"`
	GivenAt   time.Time `json:"given_at,omitzero"` // a package was made; where it is nobody knows
	TakenAt   time.Time `json:"taken_at,omitzero"` // it is on the holder's disk, or on ours
	Attention bool      `json:"attention,omitempty"`
	Revoked   bool      `json:"revoked,omitempty"`
}

// Status says of every entry that is owed here who holds it, since when, and whether
// its deadline is safe, the earliest deadline first.
func Status(ctx context.Context, j *store.Journal, now time.Time) ([]Holding, error) {
	peers, err := j.Peers(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]store.Peer{}
	for _, p := range peers {
		known[p.ID] = p
	}
	given, err := j.AllGiven(ctx)
	if err != nil {
		return nil, err
	}
	holders := map[string][]Party{}
	for _, g := range given {
		p := known[g.Peer]
		holders[g.Entry] = append(holders[g.Entry], Party{Peer: g.Peer, Name: p.Name, GivenAt: g.GivenAt, TakenAt: g.TakenAt,
			Attention: g.Attention, Revoked: !p.RevokedAt.IsZero()})
	}
	taken, err := j.AllTaken(ctx)
	if err != nil {
		return nil, err
	}
	origins := map[string]*Party{}
	for _, t := range taken {
		p := known[t.Peer]
		origins[t.Entry] = &Party{Peer: t.Peer, Name: p.Name, TakenAt: t.TakenAt, Revoked: !p.RevokedAt.IsZero()}
	}
	owed, err := j.Owed(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Holding, 0, len(owed))
	for _, item := range owed {
		h := Holding{Entry: item.Entry, Deadline: item.Deadline, State: item.State, Origin: origins[item.Entry], Holders: holders[item.Entry]}
		h.Safety = safety(h, item.DueAt().Sub(now))
		all = append(all, h)
	}
	return all, nil
}

// safety judges by how much time is left, by the clock that nobody can set.
func safety(h Holding, left time.Duration) Safety {
	held := false
	for _, p := range h.Holders {
		held = held || !p.TakenAt.IsZero() && !p.Attention && !p.Revoked
	}
	switch {
	case left < 0:
		return Missed
	case held && left >= riskHeld, h.State != record.Attention && left >= riskAlone:
		return OnCourse
	}
	return AtRisk
}
