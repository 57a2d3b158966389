package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// hookTimeout bounds one call of the practice's own way of telling people.
const hookTimeout = 30 * time.Second

// hookNotice is what a hook gets: JSON on a command's standard input, or as the body
// of a POST. It names entries, never persons.
type hookNotice struct {
	Level          outsync.Level `json:"level"` // 24h, 36h, 44h, late or attention
	Count          int           `json:"count"`
	Entries        []string      `json:"entries"`
	OldestDeadline time.Time     `json:"oldest_deadline"`
	Message        string        `json:"message"` // the same, in French
}

func hookNoticeOf(n outsync.Notice, now time.Time) hookNotice {
	return hookNotice{n.Level, len(n.Entries), n.Entries, n.Oldest.UTC(), noticeInFrench(n, now)}
}

// newHook returns how a hook tells: an address is posted to, anything else is a
// program, which is run without a shell and without arguments. "" is no hook.
func newHook(hook string) (func(context.Context, outsync.Notice) error, error) {
	if hook == "" {
		return nil, nil
	}
	tell := runHook
	if strings.HasPrefix(hook, "http://") || strings.HasPrefix(hook, "https://") {
		u, err := url.Parse(hook)
		if err != nil || u.Host == "" || u.Scheme == "http" && !loopback(u.Hostname()) {
			return nil, &plainError{say: sayBadHook, next: nextBadHook, code: exitUsage}
		}
		tell = postHook
	} else if _, err := exec.LookPath(hook); err != nil {
		return nil, &plainError{say: sayNoHook, next: nextBadHook, code: exitUsage}
	}
	return func(ctx context.Context, n outsync.Notice) error {
		ctx, cancel := context.WithTimeout(ctx, hookTimeout)
		defer cancel()
		body, err := json.Marshal(hookNoticeOf(n, time.Now()))
		if err == nil {
			err = tell(ctx, hook, n, body)
		}
		if err != nil {
			return &plainError{say: fmt.Sprintf(sayHookFailed, levelInFrench(n.Level)), next: nextHookFailed, code: exitFailed}
		}
		return nil
	}, nil
}

func runHook(ctx context.Context, program string, n outsync.Notice, body []byte) error {
	cmd := exec.CommandContext(ctx, program)
	cmd.Stdin = bytes.NewReader(body)
	cmd.Env = append(os.Environ(), "ZONEBLANCHE_LEVEL="+string(n.Level), "ZONEBLANCHE_COUNT="+strconv.Itoa(len(n.Entries)))
	cmd.WaitDelay = time.Second // a grandchild that keeps the pipes open keeps nobody waiting
	return cmd.Run()
}

func postHook(ctx context.Context, address string, _ outsync.Notice, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return errors.New(response.Status)
	}
	return nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
