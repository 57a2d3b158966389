package main

import (
	"strings"
	"testing"
	"time"

	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// TestWarningsSayUntilWhen reads each warning: how many, since when, until when.
func TestWarningsSayUntilWhen(t *testing.T) {
	now := time.Date(2026, 11, 28, 11, 0, 0, 0, time.Local)
	for _, level := range []outsync.Level{outsync.NeedsHand, outsync.After24h, outsync.After36h, outsync.After44h, outsync.Late} {
		for _, entries := range [][]string{{"a"}, {"a", "b"}} {
			got := noticeInFrench(outsync.Notice{Level: level, Entries: entries, Oldest: now.Add(22 * time.Hour)}, now)
			if strings.Count(got, "échéance 29/11/2026 09:00, reste 22 h 00") != 1 || strings.Count(got, "envoi") == 0 || strings.Contains(got, "%!") {
				t.Errorf("%s: %q", level, got)
			}
		}
	}
}

// TestEveryCauseHasWords: what stopped a delivery is said with something to do, and in
// no word of ours.
func TestEveryCauseHasWords(t *testing.T) {
	for _, cause := range []string{
		"", "no_answer", "tls", "cut", "timeout", "canceled", "html_answer", "redirect", "not_fhir", "answer_malformed",
		"answer_too_large", "not_counted", "busy", "unauthorized", "token_refused", "token_no_answer", "token_unavailable",
		"token_malformed", "token_busy", "status_401", "status_403", "status_404", "status_422", "status_429", "status_500", "status_503",
	} {
		say, next := syncCause(syncResult{Waiting: 1, Cause: cause})
		if say == "" || !strings.HasSuffix(next, "Rien n’est perdu.") || strings.Contains(say+next, "_") {
			t.Errorf("%q: %q → %q", cause, say, next)
		}
		if cause != "" && strings.Contains(causeInFrench(cause), "_") && !strings.HasPrefix(cause, "token_") && cause != "not_counted" && cause != "canceled" {
			t.Errorf("%q is shown as %q", cause, causeInFrench(cause))
		}
	}
	for _, running := range []bool{false, true} {
		for _, cause := range []string{"tls", "html_answer", "status_404"} {
			say, next := whyWaiting(statusResult{Pending: 1, Endpoint: string(outsync.Down), Cause: cause, Running: running})
			if say == "" || running == strings.Contains(next, "sync once") || strings.HasPrefix(next, "Ensuite") {
				t.Errorf("%s, running %v: %q → %q", cause, running, say, next)
			}
		}
	}
}
