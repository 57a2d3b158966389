package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/web"
)

// journalOf makes a data folder whose journal has one consultation.
func journalOf(t *testing.T) (data, entry string) {
	t.Helper()
	data = practice(t)
	pdf := sheetOf(t, data, "aucune-allergie-connue")
	out := must(t, "scan", pdf, "--record", "--note", "Angine.", "--author", demoAuthor, "--data", data, "--json")
	var read struct{ Entry string }
	if err := json.Unmarshal([]byte(out), &read); err != nil || read.Entry == "" {
		t.Fatalf("got %s, %v", out, err)
	}
	return data, read.Entry
}

// Verbs that only need the journal say beside serve what they say alone.
func TestVerbsWorkBesideServe(t *testing.T) {
	data, entry := journalOf(t)
	lines := [][]string{
		{"journal", "list"}, {"journal", "list", "--json"}, {"journal", "show", entry}, {"journal", "show", "--json", entry}, {"journal", "verify"},
		{"journal", "show", "018f0000-0000-7000-8000-000000000001"}, {"sync", "retry", entry},
		{"journal", "salvaged"}, {"journal", "drafts"}, {"journal", "purge", "--after", "0", "--dry-run"},
	}
	var head headResult
	if err := json.Unmarshal([]byte(must(t, "journal", "head", "--json", "--data", data)), &head); err != nil {
		t.Fatal(err)
	}
	other, _ := journalOf(t)
	strange := must(t, "journal", "head", "--data", other)
	lines = append(lines, []string{"journal", "verify", "--head", head.Head}, []string{"journal", "verify", "--head", strings.Fields(strange)[0]})
	type said struct {
		code     int
		out, err string
	}
	var alone []said
	for _, line := range lines {
		code, out, err := cli(t, append(line, "--data", data)...)
		alone = append(alone, said{code, out, err})
	}
	serving(t, "--data", data)
	for i, line := range lines {
		code, out, err := cli(t, append(line, "--data", data)...)
		if got := (said{code, out, err}); got != alone[i] {
			t.Errorf("%s: got %+v beside serve, want %+v", strings.Join(line, " "), got, alone[i])
		}
	}
	var status statusResult
	if err := json.Unmarshal([]byte(must(t, "sync", "status", "--json", "--data", data)), &status); err != nil || status.Pending != 1 {
		t.Errorf("sync status: got %+v, %v", status, err)
	}
	path := filepath.Join(data, besideFile)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%s: got %v, %v, want mode 0600", besideFile, info, err)
	}
	// scan asks and records through the pages as it does alone.
	pdf := sheetOf(t, data, "ehpad-neuf-traitements")
	_, out, errs := cli(t, "scan", pdf, "--record", "--note", "Chute.", "--author", demoAuthor, "--data", data, "--json")
	var read scanResult
	if err := json.Unmarshal([]byte(out), &read); err != nil || read.Entry == "" || len(read.Warnings) != 0 {
		t.Errorf("scan --record: got %+v, %v, %s", read, err, errs)
	}
	if got := must(t, "journal", "show", read.Entry, "--data", data); !strings.Contains(got, "Chute.") {
		t.Errorf("what scan recorded: got %s", got)
	}
	again := must(t, "scan", pdf, "--record", "--note", "Chute.", "--author", demoAuthor, "--data", data, "--json")
	if !strings.Contains(again, read.Entry) {
		t.Errorf("the same twice: got %s, want the entry %s", again, read.Entry)
	}
	// Files are written where the verb was typed, and the journal stays open.
	for _, verb := range []string{"export", "backup"} {
		t.Chdir(t.TempDir())
		must(t, "journal", verb, "-o", "out.zip", "--data", data)
		if info, err := os.Stat("out.zip"); err != nil || info.Size() == 0 {
			t.Errorf("journal %s: %v", verb, err)
		}
	}
	must(t, "journal", "compact", "--data", data)
	must(t, "journal", "list", "--data", data)
	// What needs more than the journal says who holds it.
	if code, _, _ := cli(t, "sync", "once", "--url", "http://127.0.0.1:1", "--data", data); code != exitLocked {
		t.Errorf("sync once: got %d, want %d", code, exitLocked)
	}
}

// The door beside the pages opens to the token alone, and to nothing in a browser.
func TestTheDoorBesideThePages(t *testing.T) {
	data, _ := journalOf(t)
	ready := serving(t, "--data", data)
	text, err := os.ReadFile(filepath.Join(data, besideFile))
	if err != nil {
		t.Fatal(err)
	}
	var where whereServed
	if err := json.Unmarshal(text, &where); err != nil {
		t.Fatal(err)
	}
	ask := func(body string, change func(*http.Request)) (int, string) {
		t.Helper()
		request, err := http.NewRequest("POST", strings.TrimSuffix(ready.URL, "/")+besidePath, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		const nonce = "0123456789abcdef"
		request.Header.Set(web.LocalNonce, nonce)
		request.Header.Set(web.LocalMAC, web.LocalProof(where.Token, web.LocalAsks, nonce))
		change(request)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		answer, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(answer)
	}
	const list = `{"verb":"journal list"}`
	if code, out := ask(list, func(*http.Request) {}); code != http.StatusOK || !strings.Contains(out, "GARNIER") {
		t.Fatalf("with the token: got %d, %s", code, out)
	}
	for name, change := range map[string]func(*http.Request){
		"no proof":         func(r *http.Request) { r.Header.Del(web.LocalMAC) },
		"the token itself": func(r *http.Request) { r.Header.Set(web.LocalMAC, where.Token) },
		"another nonce":    func(r *http.Request) { r.Header.Set(web.LocalNonce, "fedcba9876543210") },
		"a short nonce": func(r *http.Request) {
			r.Header.Set(web.LocalNonce, "x")
			r.Header.Set(web.LocalMAC, web.LocalProof(where.Token, web.LocalAsks, "x"))
		},
		"the answer's proof": func(r *http.Request) {
			r.Header.Set(web.LocalMAC, web.LocalProof(where.Token, web.LocalAnswers, "0123456789abcdef"))
		},
		"a page of ours":        func(r *http.Request) { r.Header.Set("Origin", strings.TrimSuffix(ready.URL, "/")) },
		"a browser":             func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") },
		"a browser with cookie": func(r *http.Request) { r.Header.Set("Cookie", "zoneblanche=x") },
		"another host":          func(r *http.Request) { r.Host = "evil.example" },
	} {
		if code, out := ask(list, change); code < 400 || strings.Contains(out, "GARNIER") {
			t.Errorf("%s: got %d", name, code)
		}
	}
	for _, body := range []string{`{"verb":"serve"}`, `{"verb":"sync once"}`, `{"verb":"issuer show"}`, `{"verb":"journal list --data /"}`, `{`, ""} {
		if code, _ := ask(body, func(*http.Request) {}); code != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 400", body, code)
		}
	}
	// Arguments are arguments: none is taken for a flag.
	if code, out := ask(`{"verb":"journal show","args":["--data=/tmp"]}`, func(*http.Request) {}); code != http.StatusOK || out != "" {
		t.Errorf("a flag as an argument: got %d, %q", code, out)
	}
}

// A file that a killed serve left behind is passed over, and so is another program
// that has the port by now.
func TestAStaleDoorIsPassedOver(t *testing.T) {
	data, _ := journalOf(t)
	want := must(t, "journal", "list", "--data", data)
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", besideStatus)
		_, _ = io.WriteString(w, "Le journal est vide.\n")
		w.Header().Set(besideStatus, "0")
	}))
	defer liar.Close()
	for name, url := range map[string]string{"nobody": "http://127.0.0.1:1", "another program": liar.URL, "another machine": "http://192.0.2.1:80", "nonsense": "x"} {
		text, err := json.Marshal(whereServed{URL: url, Token: "token"})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(data, besideFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := must(t, "journal", "list", "--data", data); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
