package record

import (
	"log/slog"
	"strings"
	"testing"
)

// The table that scripts and doctors rely on; a change here breaks both.
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		judgement Judgement
		exit      int
		believed  bool
		sentence  string
	}{
		{Judgement{Verdict: Authentic, Detail: "le Dr Test"}, 0, true, "Synthèse authentique, signée par le Dr Test."},
		{Judgement{Verdict: Stale, Detail: "20"}, 0, true, "Authentique mais ancienne (mise à jour il y a 20 mois) : à vérifier."},
		{Judgement{Verdict: Superseded, Detail: "01/02/2026"}, 0, true, "Une synthèse plus récente a déjà été vue le 01/02/2026."},
		{Judgement{Verdict: PatientDeclared, Detail: ""}, 0, true, "Déclarée par le patient, non vérifiée par un soignant."},
		{Judgement{Verdict: Incomplete, Detail: "le code 2 sur 3"}, 3, true, "Il manque le code 2 sur 3."},
		{Judgement{Verdict: NotAuthentic, Detail: ""}, 20, false, "Falsifiée ou abîmée : ne pas utiliser."},
		{Judgement{Verdict: UnknownIssuer, Detail: "01/02/2026"}, 21, false, "Émetteur inconnu de votre liste du 01/02/2026."},
		{Judgement{Verdict: Expired, Detail: "01/02/2026"}, 22, false, "Hors validité depuis le 01/02/2026."},
		{Judgement{Verdict: Unsigned, Detail: ""}, 23, false, "Non signé : identité à comparer."},
		{Judgement{Verdict: Revoked, Detail: "01/02/2026"}, 24, false, "Révoquée le 01/02/2026 : ne pas utiliser."},
		{Judgement{Verdict: Unreadable, Detail: "image floue"}, 25, false, "Code illisible : image floue."},
	} {
		v := c.judgement.Verdict
		if v.Exit() != c.exit || v.Believed() != c.believed {
			t.Errorf("%s: got %d, %v, want %d, %v", v, v.Exit(), v.Believed(), c.exit, c.believed)
		}
		if got := c.judgement.Sentence(); got != c.sentence {
			t.Errorf("%s: got %q, want %q", v, got, c.sentence)
		}
		if c.judgement.NextStep() == "" {
			t.Errorf("%s has no next step", v)
		}
		if bare := (Judgement{Verdict: v}).Sentence(); bare == "" || strings.Contains(bare, "%") {
			t.Errorf("%s without detail: got %q", v, bare)
		}
	}
	for lock, sentence := range map[Lock]string{
		Locked:    "Le reste est protégé par le code du patient.",
		WrongCode: "Le code donné n’ouvre pas cette carte : le reste n’est pas montré.",
	} {
		j := Judgement{Verdict: Incomplete, Detail: "le code du patient", Lock: lock}
		if j.Sentence() != sentence || j.NextStep() == "" || j.NextStep() == (Judgement{Verdict: Incomplete}).NextStep() {
			t.Errorf("%s: got %q, %q", lock, j.Sentence(), j.NextStep())
		}
		// A lock softens no other verdict.
		j = Judgement{Verdict: NotAuthentic, Lock: lock}
		if j.Sentence() != (Judgement{Verdict: NotAuthentic}).Sentence() {
			t.Errorf("%s: got %q", lock, j.Sentence())
		}
	}
	if len(verdicts) != 11 {
		t.Errorf("got %d verdicts, want the 11 above", len(verdicts))
	}
	if Verdict("nonsense").Exit() != 1 {
		t.Error("an unknown verdict is not a failure")
	}
}

func TestJudgeAge(t *testing.T) {
	old := JudgeAge(Judgement{Verdict: Authentic, Detail: "x"}, "2025-03-15", today)
	if old.Verdict != Stale || old.Detail != "20" {
		t.Errorf("got %v, want stale by 20 months", old)
	}
	if got := JudgeAge(Judgement{Verdict: Revoked}, "2020", today); got.Verdict != Revoked {
		t.Errorf("got %v: age softened a revocation", got)
	}
}

func TestLogsHideIdentity(t *testing.T) {
	var b strings.Builder
	log := slog.New(slog.NewTextHandler(&b, nil))
	p := Patient{BirthName: "ZYXWVUT", INS: INS{"279035121518989", OIDINSTest}}
	log.Info("x", "patient", p, "ins", p.INS, "summary", &Summary{Patient: p},
		"consultation", Consultation{ID: "id", Patient: p, Note: "ZYXWVUT"}, "submission", Submission{Body: []byte("ZYXWVUT")})
	if strings.Contains(b.String(), "ZYXWVUT") || strings.Contains(b.String(), "2790351") {
		t.Errorf("identity in a log line: %s", b.String())
	}
}
