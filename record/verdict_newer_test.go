package record

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestJudgeSeen(t *testing.T) {
	at := time.Date(2026, 10, 3, 12, 0, 0, 0, time.UTC)
	instant := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	dated := func(d Date) CardRef { return CardRef{UpdatedAt: d, Verdict: Authentic} }
	issued := func(s string) CardRef { return CardRef{Issued: instant(s), Verdict: Authentic} }
	for _, c := range []struct {
		name       string
		seen, card CardRef
		superseded bool
	}{
		{"an older card", dated("2026-09-01"), dated("2026-08-31"), true},
		{"the same card", dated("2026-09-01"), dated("2026-09-01"), false},
		{"a newer card", dated("2026-09-01"), dated("2026-09-02"), false},
		{"the same second", dated("2026-09-01T10:00:00+02:00"), dated("2026-09-01T08:00:00Z"), false},
		{"one second older", dated("2026-09-01T10:00:01+02:00"), dated("2026-09-01T08:00:00Z"), true},
		{"an hour and its day", dated("2026-09-01T10:00:00Z"), dated("2026-09-01"), false},
		{"a day and its month", dated("2026-09-20"), dated("2026-09"), false},
		{"a day and the month before", dated("2026-09-20"), dated("2026-08"), true},
		{"a day and its year", dated("2026-09-20"), dated("2026"), false},
		{"by issuing", issued("2026-09-02T00:00:00Z"), issued("2026-09-01T00:00:00Z"), true},
		{"an update after an issuing", dated("2026-09-02"), issued("2026-09-01T00:00:00Z"), true},
		{"a reprint of an older summary", dated("2026-09-01"), CardRef{UpdatedAt: "2026-08-01", Issued: instant("2026-09-30T00:00:00Z"), Verdict: Authentic}, true},
		{"nothing dated", dated("2026-09-01"), CardRef{Verdict: Authentic}, false},
		{"none seen", CardRef{}, dated("2020-01-01"), false},
		{"one that anybody can sign", CardRef{UpdatedAt: "2026-09-01", Verdict: PatientDeclared}, dated("2020-01-01"), false},
		{"one from the future", dated("2030-01-01"), dated("2026-08-01"), false},
	} {
		seen, _ := c.seen.Seen(at)
		for _, verdict := range []Verdict{Authentic, Stale} {
			got := JudgeSeen(Judgement{Verdict: verdict, Detail: "x"}, c.card, seen, at)
			want := Judgement{Verdict: verdict, Detail: "x"}
			if c.superseded {
				want = Judgement{Verdict: Superseded, Detail: "03/10/2026"}
			}
			if got != want {
				t.Errorf("%s, %s: got %+v, want %+v", c.name, verdict, got, want)
			}
		}
	}
}

// Age never softens or hardens another verdict than authentic and stale.
func TestJudgeSeenLeavesTheOthers(t *testing.T) {
	seen := CardSeen{New: today, At: today}
	for _, v := range verdicts {
		if v.verdict == Authentic || v.verdict == Stale {
			continue
		}
		j := Judgement{Verdict: v.verdict, Detail: "x"}
		if got := JudgeSeen(j, CardRef{UpdatedAt: "2020-01-01"}, seen, today); got != j {
			t.Errorf("got %+v, want %+v", got, j)
		}
	}
}

// No two cards supersede each other, and none supersedes itself, however precise
// their dates are.
func TestNewerIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		card := func(name string) CardRef {
			at := today.Add(-time.Duration(rapid.IntRange(0, 800*24*60).Draw(t, name)) * time.Minute)
			return CardRef{Verdict: Authentic, UpdatedAt: rapid.SampledFrom([]Date{
				DateOf(at), DayOf(at), DayOf(at)[:7], DayOf(at)[:4],
			}).Draw(t, name+" date")}
		}
		a, b := card("a"), card("b")
		seen := func(c CardRef) CardSeen { s, _ := c.Seen(today); return s }
		if seen(a).Newer(a, today) || seen(a).Newer(b, today) && seen(b).Newer(a, today) {
			t.Fatal(fmt.Sprint(a.UpdatedAt, " and ", b.UpdatedAt))
		}
	})
}
