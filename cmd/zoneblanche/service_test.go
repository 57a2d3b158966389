package main

import (
	"errors"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kardianos/service"
	"github.com/spf13/pflag"

	"github.com/zoneblanche/zoneblanche/internal/daemon"
	"github.com/zoneblanche/zoneblanche/record"
)

// eventLog is what a service manager keeps.
type eventLog struct {
	mu    sync.Mutex
	lines []string
}

func (l *eventLog) say(v ...any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, v[0].(string))
	return nil
}

func (l *eventLog) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

func (l *eventLog) Info(v ...any) error           { return l.say(v...) }
func (l *eventLog) Warning(v ...any) error        { return l.say(v...) }
func (l *eventLog) Error(v ...any) error          { return l.say(v...) }
func (l *eventLog) Infof(string, ...any) error    { return errors.ErrUnsupported }
func (l *eventLog) Warningf(string, ...any) error { return errors.ErrUnsupported }
func (l *eventLog) Errorf(string, ...any) error   { return errors.ErrUnsupported }

var _ service.Logger = (*eventLog)(nil)

// freePort returns an address that nothing listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Windows' service manager starts, stops within its patience, and is told of an end
// that it did not ask for.
func TestManagedByWindows(t *testing.T) {
	data, listen := t.TempDir(), freePort(t)
	log := &eventLog{}
	ended := make(chan int, 1)
	m := &managed{log: log, exit: func(code int) { ended <- code },
		args: []string{"serve", "--service", "--data", data, "--listen", listen, "--url", "http://127.0.0.1:1/"}}
	if err := m.Start(nil); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if response, err := http.Get("http://" + listen + "/"); err == nil {
			response.Body.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the pages do not answer: %q", log.all())
		}
	}
	began := time.Now()
	if err := m.Stop(nil); err != nil || time.Since(began) > stopWithin {
		t.Errorf("stop: got %v after %v", err, time.Since(began))
	}
	if said := strings.Join(log.all(), "\n"); !strings.Contains(said, "http://"+listen+"/") || strings.Contains(said, "Jeton") {
		t.Errorf("the log: got %q", said)
	}
	select {
	case code := <-ended:
		t.Errorf("a stop ended the process with %d", code)
	default:
	}
	if code, _, errs := cli(t, "journal", "verify", "--data", data); code != exitDone {
		t.Errorf("the journal after the stop: got %d, %s", code, errs)
	}

	m = &managed{log: log, exit: func(code int) { ended <- code }, args: []string{"serve", "--listen", "0.0.0.0:1"}}
	if err := m.Start(nil); err != nil {
		t.Fatal(err)
	}
	if code := <-ended; code != exitUsage {
		t.Errorf("a command line that cannot run: got %d, want %d", code, exitUsage)
	}
}

func TestLogLines(t *testing.T) {
	log := &eventLog{}
	w := &logLines{say: log.Info}
	for _, part := range []string{"une ", "ligne\n\ndeux", "\n", strings.Repeat("x", maxLogLine+5), "fin\n"} {
		if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	got := log.all()
	if len(got) != 4 || got[0] != "une ligne" || got[1] != "deux" || len(got[2]) != maxLogLine || got[3] != "xxxxxfin" {
		t.Errorf("got %d lines, %.40q", len(got), got)
	}
}

// Flags reach the service as they were given, and files by their whole names.
func TestFlagsPassedOn(t *testing.T) {
	t.Setenv("ZONEBLANCHE_URL", "https://destinataire.exemple/fhir")
	folder := t.TempDir()
	file := saved(t, "x")
	var o serveOptions
	flags := pflag.NewFlagSet("install", pflag.ContinueOnError)
	o.flags(flags)
	flags.Bool("print", false, "")
	if err := flags.Parse([]string{"--client-key", file, "--jwks", file, "--idle", "5m", "--listen", "127.0.0.1:9", "--no-record-check", "--deposit", folder}); err != nil {
		t.Fatal(err)
	}
	args, files, err := passedOn(flags)
	want := []string{"--deposit=" + folder, "--idle=5m0s", "--jwks=" + file, "--no-record-check=true", "--url=https://destinataire.exemple/fhir"}
	if err != nil || !slices.Equal(args, want) || len(files) != 1 || files[0] != (daemon.File{Flag: "client-key", Path: file}) {
		t.Errorf("got %q, %v, %v, want %q", args, files, err, want)
	}
	if err := flags.Set("trust", folder+"/absente"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := passedOn(flags); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: got %v", err)
	}
}

// Every refusal of a plan has its sentence and its next step.
func TestRefusalsHaveSentences(t *testing.T) {
	for _, why := range []daemon.Why{daemon.WhyListen, daemon.WhyURL, daemon.WhyDataHome, daemon.WhyDataPlace, daemon.WhyWrites, daemon.WhyProgramHome, daemon.WhyPath} {
		f := serviceRefusals[why]
		if !strings.HasSuffix(f.say, ".") || !strings.Contains(f.say, "%s") || f.next == "" {
			t.Errorf("%s: got %q, %q", why, f.say, f.next)
		}
		err := refused(&daemon.Refusal{Why: why, About: "ceci"}, daemon.Plan{Program: "/x"})
		if say, next, code := explain(err); !strings.Contains(say, "ceci") || strings.Contains(say+next, "%!") || code != exitUsage {
			t.Errorf("%s: got %q, %q, %d", why, say, next, code)
		}
	}
}

// Without a service nothing is said of one.
func TestErrorsOutsideOfAService(t *testing.T) {
	if _, ok := installedFacts(); ok {
		t.Skip("a service is installed on this machine")
	}
	a := &app{}
	for _, err := range []error{fs.ErrPermission, &record.Error{Code: record.CodeNotFound, Reason: "no_journal"}, nil} {
		if got := a.aboutService(err); got != err {
			t.Errorf("got %v, want %v", got, err)
		}
	}
}
