package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/internal/daemon"
)

func contains(t *testing.T, got string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in:\n%s", want, got)
		}
	}
}

// eventually waits for what another process does.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within a minute: %s", what)
}

// signIn makes the account that the token allows and reads a page that needs it.
func signIn(t *testing.T, pages, token string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Jar: jar, Timeout: time.Minute}
	response, err := client.PostForm(pages+"premier-compte", url.Values{
		"nom": {"Dr Essai"}, "rpps": {demoAuthor}, "jeton": {token},
		"mot-de-passe": {"cheval agrafe pile"}, "encore": {"cheval agrafe pile"},
	})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response, err = client.Get(pages + "envois"); err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.Request.URL.Path != "/envois" || response.StatusCode != http.StatusOK {
		t.Errorf("with the account: got %s, %s", response.Request.URL, response.Status)
	}
}

// A practice PC's whole life with the service, under a real systemd: installed by an
// administrator, run by its own account, read by nobody else, delivering with nobody
// there, through a crash and a power cut, changed, and taken away.
func TestServiceOnSystemd(t *testing.T) {
	m := newMachine(t)
	data := practice(t)
	sheet := sheetOf(t, data, "aucune-allergie-connue")
	recipient := receiving(t)
	listen := freePort(t)
	pages := "http://" + listen + "/"
	const journal = "/var/lib/zoneblanche"
	list := []string{"zoneblanche", "journal", "list", "--json", "--data", journal}
	person := []string{"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", "env", "HOME=/nonexistent"}
	as := func(who []string, args ...string) []string { return append(append([]string{}, who...), args...) }
	setup := []string{"zoneblanche", "service", "install", "--url", recipient, "--listen", listen}

	m.install("/usr/local/bin/zoneblanche")
	contains(t, m.run(1, as(person, setup...)...), sayNotAdministrator, nextNotAdministrator)
	contains(t, m.run(1, "zoneblanche", "service", "status"), sayServiceAbsent)
	contains(t, m.run(2, append(setup, "--data", "/home/anna/journal")...), "/home/anna/journal", "celui d’une personne")
	m.run(0, "chmod", "o+w", "/usr/local/bin/zoneblanche")
	contains(t, m.run(1, setup...), "peut être remplacé")
	m.run(0, "chmod", "o-w", "/usr/local/bin/zoneblanche")

	m.run(0, "cp", "-r", data, journal) // what the practice has so far
	said := m.run(0, setup...)
	contains(t, said, sayServiceInstalled, pages)
	token := regexp.MustCompile(`une fois : (\S+)`).FindStringSubmatch(said)
	if token == nil {
		t.Fatalf("no token in: %s", said)
	}
	contains(t, m.run(0, "systemctl", "is-enabled", "zoneblanche"), "enabled")
	contains(t, m.run(0, "getent", "passwd", "zoneblanche"), "nologin", journal)
	contains(t, m.main("stat -c %%U %s; grep -E 'NoNewPrivs|CapBnd|Seccomp:' %[1]s/status"),
		"zoneblanche\n", "NoNewPrivs:\t1", "CapBnd:\t0000000000000000", "Seccomp:\t2")

	// The journal is its account's alone.
	if got := m.run(0, "stat", "-c", "%a %U", journal, journal+"/journal.db", journal+"/store.key", journal+"/serve.json"); got !=
		"700 zoneblanche\n600 zoneblanche\n600 zoneblanche\n600 zoneblanche\n" {
		t.Errorf("modes and owners: got %s", got)
	}
	if got := m.run(0, "find", journal, "!", "-user", "zoneblanche"); got != "" {
		t.Errorf("not the account's: %s", got)
	}
	contains(t, m.run(1, as(person, "cat", journal+"/journal.db")...), "Permission denied")
	for _, verb := range [][]string{{"journal", "list"}, {"sync", "status"}} {
		contains(t, m.run(1, as(as(person, "zoneblanche", "--data", journal), verb...)...), sayJournalIsServices, pages)
		contains(t, m.run(exitNoJournal, as(as(person, "zoneblanche"), verb...)...), sayJournalIsServices, pages)
	}
	contains(t, m.run(0, as(person, "zoneblanche", "service", "status")...), sayServiceRuns, pages, journal)

	// A person signs in; what is recorded is delivered with nobody there.
	signIn(t, pages, token[1])
	trusted, err := filepath.Glob(filepath.Join(data, "trust", "trust-list*"))
	if err != nil || len(trusted) == 0 {
		t.Fatalf("no trust list: %v", err)
	}
	m.run(0, "zoneblanche", "scan", sheet, "--trust", trusted[0], "--record", "--note", "Angine.", "--author", demoAuthor, "--data", journal)
	cleared := func() bool {
		var e entryResult
		out, _ := m.try(list...)
		return json.Unmarshal([]byte(out), &e) == nil && e.Complete
	}
	eventually(t, "the entry is cleared", cleared)

	// A backup goes where the service may write, and nowhere else.
	m.run(0, "zoneblanche", "journal", "backup", "--output", journal+"/sauvegarde.zip", "--data", journal)
	m.run(0, "test", "-s", journal+"/sauvegarde.zip")
	m.run(1, "zoneblanche", "journal", "backup", "--output", "/srv/sauvegarde.zip", "--data", journal)

	// It stops when asked, its journal closed, and what root would write is refused.
	contains(t, m.run(0, "zoneblanche", "service", "stop"), sayServiceIsStopped)
	if got := m.run(0, "systemctl", "show", "-P", "Result", "-P", "ExecMainStatus", "zoneblanche"); got != "success\n0\n" {
		t.Errorf("stopped: got %s", got)
	}
	contains(t, m.run(1, as(person, "zoneblanche", "service", "status")...), sayServiceStopped)
	contains(t, m.run(1, list...), "sudo -u zoneblanche")
	contains(t, m.run(1, "zoneblanche", "trust", "add", filepath.Join(data, "issuer", issuerCertFile), "--data", journal), "sudo -u zoneblanche")
	contains(t, m.run(1, "zoneblanche", "service", "add-account"), sayServiceSilent)
	if said := m.run(0, "zoneblanche", "service", "start"); !strings.Contains(said, pages) || strings.Contains(said, "jeton") {
		t.Errorf("started: got %s", said)
	}
	contains(t, m.run(0, "zoneblanche", "service", "add-account"), "premier-compte", "jeton")

	// It comes back after a crash, and after the power went.
	m.write("/etc/systemd/system/zoneblanche.service.d/soon.conf", "644", "[Service]\nRestartSec=100ms\n")
	m.run(0, "systemctl", "daemon-reload")
	before := m.main("readlink -f %s")
	m.run(0, "systemctl", "kill", "-s", "KILL", "zoneblanche")
	eventually(t, "the service is back", func() bool {
		out, _ := m.try("systemctl", "is-active", "zoneblanche")
		return out == "active\n" && listens(pages) && m.main("readlink -f %s") != before
	})
	m.cut()
	m.boot()
	eventually(t, "the service is back after a power cut", func() bool { return listens(pages) })
	eventually(t, "it still has its entry", cleared)

	serviceNames(t, m, setup)
	serviceStoreKey(t, m, setup, cleared)

	contains(t, m.run(0, "zoneblanche", "service", "uninstall"), sayServiceGone, journal)
	m.run(1, "test", "-e", "/etc/systemd/system/zoneblanche.service")
	m.run(0, "test", "-s", journal+"/journal.db")
	contains(t, m.run(1, "zoneblanche", "service", "uninstall"), sayServiceAbsent)
	if listens(pages) {
		t.Error("the pages still answer")
	}
	log := m.said()
	contains(t, log, pages) // it is the service's log
	if strings.Contains(log, token[1]) {
		t.Error("the token was logged")
	}
}

// serviceNames installs a program, a data folder and files whose names hold what a
// unit could take for its own syntax. Keys that only root may read are handed over.
func serviceNames(t *testing.T, m *machine, setup []string) {
	const program = `/opt/zone blanche 100%h;#/zoneblanche`
	const hook = `/opt/a b/{{dire}} $HOME #1`
	m.install(program)
	m.run(0, "install", "-D", "-m", "755", "/bin/true", hook)
	authority, err := os.ReadFile(newPapers(t).file("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	m.write(`/etc/zone blanche/autorité 1%.pem`, "600", string(authority))
	m.run(0, "install", "-d", "-o", "zoneblanche", "/srv/le dépôt")
	odd := append([]string{program}, setup[1:]...)
	odd = append(odd, "--hook", hook, "--ca", `/etc/zone blanche/autorité 1%.pem`, "--data", `/srv/le journal/50%d'été`, "--deposit", "/srv/le dépôt")
	contains(t, m.run(0, odd...), sayServiceInstalled, "jeton")
	got := strings.Split(strings.TrimRight(m.main("cat %s/cmdline"), "\x00"), "\x00")
	if got[0] != program || !slices.Contains(got, `/srv/le journal/50%d'été`) || !slices.Contains(got, "--hook="+hook) || !slices.Contains(got, "--deposit=/srv/le dépôt") {
		t.Errorf("got %q", got)
	}
	if owner := m.run(0, "stat", "-c", "%a %U", `/srv/le journal/50%d'été`); owner != "700 zoneblanche\n" {
		t.Errorf("the folder: got %s", owner)
	}
	m.write("/srv/autre/photo.jpg", "644", "x")
	contains(t, m.run(1, append(setup, "--data", "/srv/autre")...), "contient autre chose qu’un journal")
	contains(t, m.run(0, setup...), sayServiceInstalled) // as it was
}

// serviceStoreKey lets systemd keep the journal's key, sealed for this machine.
func serviceStoreKey(t *testing.T, m *machine, setup []string, cleared func() bool) {
	const sealed = "/etc/credstore.encrypted/" + daemon.StoreKeyCredential
	m.run(0, "mkdir", "-p", filepath.Dir(sealed))
	if said, status := m.try("systemd-creds", "encrypt", "--with-key=host", "--name="+daemon.StoreKeyCredential,
		"/var/lib/zoneblanche/store.key", sealed); status != 0 {
		t.Skipf("this systemd seals no credentials: %s", said)
	}
	m.run(0, "zoneblanche", "service", "stop")
	m.write("/etc/systemd/system/protect.service", "644", fmt.Sprintf(`[Service]
Type=oneshot
User=zoneblanche
LoadCredentialEncrypted=%[1]s
ExecStart=/usr/local/bin/zoneblanche journal protect --credential %[1]s --data /var/lib/zoneblanche
`, daemon.StoreKeyCredential))
	m.run(0, "systemctl", "daemon-reload")
	m.run(0, "systemctl", "start", "protect")
	m.run(0, setup...)
	if !cleared() {
		t.Error("the journal does not open with the key that systemd keeps")
	}
	contains(t, m.run(0, "cat", "/etc/systemd/system/zoneblanche.service"), "LoadCredentialEncrypted=")
}

// systemd itself finds nothing wrong with the unit, and rates what it may do below 2
// of 10.
func TestUnitIsConfined(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("this machine has no systemd-analyze")
	}
	p := daemon.Plan{
		Platform: daemon.Systemd, Title: titleService, Account: "root", Program: "/bin/true", Data: "/var/lib/zoneblanche",
		Cache: "/var/cache/zoneblanche", Listen: "127.0.0.1:8484", Args: []string{"--url=https://destinataire.exemple/fhir"},
		Files: []daemon.File{{Flag: "client-key", Path: "/etc/zoneblanche/client.key"}},
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "zoneblanche.service")
	if err := os.WriteFile(path, []byte(p.Unit()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"verify", "--man=no", "--recursive-errors=no", path},
		{"security", "--offline=true", "--no-pager", "--threshold=20", path},
	} {
		out, err := exec.Command("systemd-analyze", args...).CombinedOutput()
		if err != nil || args[0] == "verify" && len(out) > 0 {
			t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, out)
		}
		if line, ok := lastLine(string(out)); ok && args[0] == "security" {
			t.Log(line)
		}
	}
}

func lastLine(s string) (string, bool) {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1], len(lines) > 0
}
