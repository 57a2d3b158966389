package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// aged makes a journal with one consultation of each age.
func aged(t *testing.T, ages ...time.Duration) (data string) {
	t.Helper()
	data = t.TempDir()
	journal, err := store.Open(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, age := range ages {
		c := consultation(time.Now().Add(-age))
		c.ID = uuid.Must(uuid.NewV7()).String()
		if _, _, err := journal.Record(t.Context(), c, submission(t, c)); err != nil {
			t.Fatal(err)
		}
	}
	if err := journal.Close(); err != nil {
		t.Fatal(err)
	}
	return data
}

// nowhere is an address at which nothing answers.
const nowhere = "http://127.0.0.1:1"

// People are told by the log and by the hook, once for each level, across restarts,
// and a hook that fails is tried again.
func TestPeopleAreTold(t *testing.T) {
	var got []hookNotice
	fails := true
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fails {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			return
		}
		var n hookNotice
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			t.Error(err)
		}
		got = append(got, n)
	}))
	defer hook.Close()
	data := aged(t, time.Hour, 25*time.Hour, 26*time.Hour, 50*time.Hour)
	once := func() string {
		code, _, stderr := cli(t, "sync", "once", "--data", data, "--url", nowhere, "--hook", hook.URL)
		if code != exitFailed {
			t.Errorf("exit status %d", code)
		}
		return stderr
	}

	said := once()
	for _, want := range []string{"EN RETARD : un envoi attend", "ALERTE 24 h : 2 envois attendent", "L’alerte « en retard » n’a pas pu être donnée"} {
		if !strings.Contains(said, want) {
			t.Errorf("stderr lacks %q:\n%s", want, said)
		}
	}
	fails = false
	if said := once(); strings.Contains(said, "ALERTE") || strings.Contains(said, "EN RETARD") {
		t.Errorf("told again:\n%s", said)
	}
	once()
	if len(got) != 2 || got[0].Level != outsync.Late || got[0].Count != 1 || got[1].Level != outsync.After24h || got[1].Count != 2 ||
		len(got[1].Entries) != 2 || !strings.Contains(got[1].Message, "24 h") {
		t.Errorf("the hook got %+v", got)
	}

	status := must(t, "sync", "status", "--data", data)
	for _, want := range []string{"À envoyer : 4", "En retard : 1", "Aucun contact", "Pourquoi : Le destinataire ne répond pas."} {
		if !strings.Contains(status, want) {
			t.Errorf("status lacks %q:\n%s", want, status)
		}
	}
	kept, err := os.ReadFile(filepath.Join(data, deliveryFile))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(kept), consultation(time.Now()).Patient.BirthName) || !strings.Contains(string(kept), `"down"`) {
		t.Errorf("kept in clear: %s", kept)
	}
	// Damaged, it costs warnings told twice, and no delivery.
	if err := os.WriteFile(filepath.Join(data, deliveryFile), kept[:len(kept)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if said := once(); !strings.Contains(said, "ALERTE 24 h") {
		t.Errorf("after a damaged file:\n%s", said)
	}
}

func TestHooksThatCannotBe(t *testing.T) {
	data := aged(t)
	for _, hook := range []string{"http://example.test/alerte", "https://", filepath.Join(data, "missing")} {
		if code, _, stderr := cli(t, "sync", "once", "--data", data, "--url", nowhere, "--hook", hook); code != exitUsage || !strings.Contains(stderr, "--hook") {
			t.Errorf("%s: exit status %d, %s", hook, code, stderr)
		}
	}
}

// While sync run holds the journal, status tells what that worker sees; metrics and
// health are for this machine alone and name nobody.
func TestSyncRunShowsItself(t *testing.T) {
	data := aged(t, 25*time.Hour, time.Hour)
	for _, address := range []string{"0.0.0.0:0", ":9464", "192.0.2.1:0", "example.test:1"} {
		if code, _, _ := cli(t, "sync", "run", "--data", data, "--url", nowhere, "--metrics", address); code != exitUsage {
			t.Errorf("--metrics %s: exit status %d", address, code)
		}
	}
	cmd := process(t, "sync", "run", "--data", data, "--url", nowhere, "--metrics", "127.0.0.1:0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	base := ""
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if _, rest, ok := strings.Cut(lines.Text(), "Mesures : "); ok {
			base, _, _ = strings.Cut(rest, "/metrics")
		}
		if strings.Contains(lines.Text(), "ne répond plus") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, stderr) }()
	get := func(path, host string) (int, string) {
		t.Helper()
		request, err := http.NewRequest(http.MethodGet, base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	wants := []string{
		`zoneblanche_outbox_entries{state="pending"} 2`, `zoneblanche_endpoint_state{state="down"} 1`,
		`zoneblanche_warned_entries_total{level="24h"} 1`, `zoneblanche_attempts_total{cause="no_answer"} 1`,
	}
	var metrics string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if _, metrics = get("/metrics", ""); strings.Contains(metrics, wants[1]) {
			break
		}
	}
	for _, want := range wants {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if code, body := get("/healthz", ""); code != http.StatusOK || !strings.Contains(body, `"worker":true`) {
		t.Errorf("health: %d %s", code, body)
	}
	if code, _ := get("/metrics", "attacker.test"); code != http.StatusForbidden {
		t.Errorf("another name: %d", code)
	}
	status := must(t, "sync", "status", "--json", "--data", data)
	for _, want := range []string{`"running":true`, `"pending":2`, `"endpoint":"down"`, `{"level":"24h","count":1}`} {
		if !strings.Contains(status, want) {
			t.Errorf("status beside sync run lacks %s: %s", want, status)
		}
	}
}
