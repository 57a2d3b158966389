package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/zoneblanche/zoneblanche/record"
)

const softwareToken = "TOKENOFTHESOFTWARE"

func withAPI(o *Options) {
	o.API = &API{
		Allowed: func(token string) bool { return token == softwareToken },
		Entries: func(_ context.Context, after uint64, limit int) ([]APIEntry, error) {
			var list []APIEntry
			for n := after + 1; n <= 250 && len(list) < limit; n++ {
				list = append(list, APIEntry{ID: "e", Sequence: n, Kind: "consultation", State: "pending", Purged: n == 1})
			}
			return list, nil
		},
		Entry: func(_ context.Context, id string) (io.ReadCloser, error) {
			switch id {
			case "whole":
				return io.NopCloser(strings.NewReader(`{"resourceType":"Bundle"}`)), nil
			case "cut":
				return io.NopCloser(io.MultiReader(strings.NewReader(strings.Repeat("x", 10000)), iotest.ErrReader(errors.New("damaged")))), nil
			}
			return nil, &record.Error{Code: record.CodeNotFound, Op: "find entry", Reason: "no_entry"}
		},
		Summary: func(s *record.Summary) ([]byte, error) { return []byte("FHIR of " + s.Patient.Name()), nil },
	}
}

// software asks as a program does: without cookies, with a token.
func (r *rig) software(path string, headers ...string) (status int, body string, err error) {
	r.t.Helper()
	q, err := http.NewRequest(http.MethodGet, r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+softwareToken)
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	response, err := (&http.Client{}).Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return response.StatusCode, string(data), err
}

func TestAPIIsForProgramsWithAToken(t *testing.T) {
	r := newRig(t, withAPI)
	for _, c := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"a token", nil, 200},
		{"no token", []string{"Authorization", ""}, 401},
		{"another token", []string{"Authorization", "Bearer TOKEN"}, 401},
		{"a token of another kind", []string{"Authorization", "Basic " + softwareToken}, 401},
		{"a page elsewhere", []string{"Origin", "https://example.org"}, 403},
		{"our own page", []string{"Origin", r.url}, 403},
		{"a browser", []string{"Sec-Fetch-Site", "none"}, 403},
		{"a cookie", []string{"Cookie", "zoneblanche=1"}, 403},
	} {
		for _, path := range []string{"entries", "entries/whole", "cards", "cards/x", "nowhere"} {
			status, body, _ := r.software(APIPath+path, c.headers...)
			if got := status; got != c.want && (c.want != 200 || got != 404) {
				t.Errorf("%s at %s: got %d, want %d", c.name, path, got, c.want)
			}
			if c.want != 200 && strings.Contains(body, "Bundle") {
				t.Errorf("%s at %s: got content: %s", c.name, path, body)
			}
		}
	}
	// Reading is all that it does.
	q, _ := http.NewRequest(http.MethodPost, r.url+APIPath+"entries", nil)
	q.Header.Set("Authorization", "Bearer "+softwareToken)
	if response, err := (&http.Client{}).Do(q); err != nil || response.StatusCode != http.StatusNotFound {
		t.Errorf("POST: got %v, %v", response, err)
	}
	// Without an API there is none, and a kiosk has none.
	for _, change := range []func(*Options){nil, func(o *Options) { withAPI(o); o.Kiosk = true }} {
		if status, _, _ := newRig(t, change).software(APIPath + "entries"); status != http.StatusNotFound {
			t.Errorf("an API that is not offered: got %d", status)
		}
	}
}

func TestAPIListsEveryEntryOnce(t *testing.T) {
	r := newRig(t, withAPI)
	seen, next := 0, "0"
	for range 5 {
		var page struct {
			Entries []APIEntry
			Next    json.Number
			More    bool
		}
		_, body, _ := r.software(APIPath + "entries?after=" + next)
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		for _, e := range page.Entries {
			if seen++; int(e.Sequence) != seen || e.Purged != (e.Bundle == "") {
				t.Errorf("entry %d: got %+v", seen, e)
			}
		}
		if next = page.Next.String(); !page.More {
			break
		}
	}
	if seen != 250 {
		t.Errorf("got %d entries, want 250", seen)
	}
	for _, bad := range []string{"-1", "x", "99999999999999999999"} {
		if status, _, _ := r.software(APIPath + "entries?after=" + bad); status != http.StatusBadRequest {
			t.Errorf("after=%s: got %d", bad, status)
		}
	}
}

// An entry that cannot be read to its end must not look whole.
func TestAPIEntryIsWholeOrCut(t *testing.T) {
	r := newRig(t, withAPI)
	if status, body, err := r.software(APIPath + "entries/whole"); status != 200 || body != `{"resourceType":"Bundle"}` || err != nil {
		t.Errorf("got %d, %s, %v", status, body, err)
	}
	if _, _, err := r.software(APIPath + "entries/cut"); err == nil {
		t.Error("an entry that was cut looks whole")
	}
	if status, body, _ := r.software(APIPath + "entries/other"); status != http.StatusNotFound || !strings.Contains(body, `"code":"not_found"`) {
		t.Errorf("got %d, %s", status, body)
	}
}

// A summary goes to other programs only once the doctor has said whose it is.
func TestAPICardsAreOfWhoWasRecognised(t *testing.T) {
	r := newRig(t, withAPI)
	r.signIn()
	at := r.open(sample())
	visit := strings.TrimPrefix(at, "/lecture/")
	if _, body, _ := r.software(APIPath + "cards"); body != "{\"cards\":[]}\n" {
		t.Errorf("before confirming: got %s", body)
	}
	if status, body, _ := r.software(APIPath + "cards/" + visit); status != http.StatusNotFound || strings.Contains(body, "Kervella") {
		t.Errorf("before confirming: got %d, %s", status, body)
	}
	r.post(at+"/confirmer", "personne", "oui")
	_, body, _ := r.software(APIPath + "cards")
	if !strings.Contains(body, visit) || !strings.Contains(body, `"verdict":"authentic"`) || strings.Contains(body, "Kervella") {
		t.Errorf("after confirming: got %s", body)
	}
	if status, body, _ := r.software(APIPath + "cards/" + visit); status != 200 || !strings.HasPrefix(body, "FHIR of Odette") {
		t.Errorf("after confirming: got %d, %s", status, body)
	}
}

// What a consultation rests on is told before it is recorded.
func TestSigningTellsTheSummary(t *testing.T) {
	told := map[string]*record.Summary{}
	r := newRig(t, func(o *Options) {
		o.Signing = func(id string, s *record.Summary) { told[id] = s }
	})
	r.signIn()
	at := r.open(sample())
	r.post(at+"/confirmer", "personne", "oui")
	_, _, body := r.post(at+"/note", "note", "Angine.")
	if len(told) != 0 {
		t.Error("told before signing")
	}
	r.post(at+"/signer", "version", between(body, `name="version" value="`, `"`))
	if len(r.recorded) != 1 || told[r.recorded[0].ID] == nil || told[r.recorded[0].ID].Patient.BirthName != "Kervella" {
		t.Errorf("got %v for %v", told, r.recorded)
	}
}
