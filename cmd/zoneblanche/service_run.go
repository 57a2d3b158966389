package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/kardianos/service"

	"github.com/zoneblanche/zoneblanche/internal/daemon"
)

// systemd and launchd start a program like any other. Windows' service manager starts
// one that has to answer it, and that has no standard output: what it says goes to the
// event log.

// startedByWindows reports whether the service manager of Windows started this
// process.
func startedByWindows() bool { return runtime.GOOS == "windows" && !service.Interactive() }

// runForWindows runs a command line until the service manager stops it, and returns
// the exit status.
func runForWindows(args []string) int {
	m := &managed{args: args, exit: os.Exit}
	s, err := service.New(m, &service.Config{Name: daemon.WindowsName})
	if err != nil {
		return exitFailed
	}
	if m.log, err = s.SystemLogger(nil); err != nil {
		return exitFailed
	}
	if err := s.Run(); err != nil {
		return exitFailed
	}
	return exitDone
}

// stopWithin is how long a stop may take. Windows shows its own patience of 20 s, or of
// 5 s when the computer is switched off; requests under way are given up at once, and
// looked up after the next start.
const stopWithin = 20 * time.Second

var errStillRunning = errors.New("the program did not stop in time")

// managed is a command line as the service manager sees it.
type managed struct {
	args []string
	log  service.Logger
	exit func(int) // ends the process, so that the manager starts it again

	stop context.CancelFunc
	done chan int
}

// Start begins; it must return at once.
func (m *managed) Start(service.Service) error {
	ctx, stop := context.WithCancel(context.Background())
	m.stop, m.done = stop, make(chan int, 1)
	go func() {
		code := run(ctx, m.args, terminal{in: strings.NewReader(""), out: &logLines{say: m.log.Info}, err: &logLines{say: m.log.Warning}})
		if ctx.Err() == nil { // nobody asked it to end
			m.exit(max(code, exitFailed))
		}
		m.done <- code
	}()
	return nil
}

// Stop ends the work as Ctrl+C does, and returns when the journal is closed.
func (m *managed) Stop(service.Service) error {
	m.stop()
	select {
	case <-m.done:
		return nil
	case <-time.After(stopWithin):
		return errStillRunning
	}
}

// logLines gives a log one line at a time.
type logLines struct {
	say func(...any) error

	mu   sync.Mutex
	rest []byte
}

// maxLogLine bounds a line, in bytes; the event log takes 31 839 characters.
const maxLogLine = 16 << 10

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte{'\n'})
		if !whole && len(l.rest) < maxLogLine {
			return len(p), nil
		}
		if len(line) > maxLogLine {
			line, rest = l.rest[:maxLogLine], l.rest[maxLogLine:]
		}
		if text := strings.TrimSpace(string(line)); text != "" {
			_ = l.say(text) // there is nowhere else to say it
		}
		l.rest = append([]byte(nil), rest...)
	}
}
