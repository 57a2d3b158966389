package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/store"
	"github.com/zoneblanche/zoneblanche/web"
)

// This file lets verbs that only need the journal work beside serve, which holds it:
// serve runs the verb for them. It says where it answers, and a token, in a file that
// only the same user can read; without that file, or when nobody answers, a verb opens
// the journal itself.

// besideFile is that file, in the data folder.
const besideFile = "serve.json"

// whereServed is its content.
type whereServed struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// besideVerbs are the verbs that serve runs for others: they ask nobody anything.
var besideVerbs = []string{
	"journal list", "journal show", "journal verify", "journal salvaged", "journal drafts", "journal head",
	"journal export", "journal backup", "journal purge", "journal compact", "sync status", "sync retry",
	"handover pair", "handover send", "handover export", "handover import", "handover status", "handover list", "handover revoke",
}

// besidePaths are the flags of those verbs that name files, which serve looks for from
// another folder.
var besidePaths = []string{"output", "passphrase-file"}

// besideAsk is what a verb asks of serve.
type besideAsk struct {
	Verb string   `json:"verb"`
	Args []string `json:"args"`
	JSON bool     `json:"json"`
	// Flags are the verb's other flags that were given, as --name=value.
	Flags []string `json:"flags,omitempty"`
}

// The answer is the verb's standard output; its status and standard error come
// after it.
const (
	besideStatus = "Zoneblanche-Status"
	besideSaid   = "Zoneblanche-Said"
	besidePath   = web.LocalPath + "run"
)

// besideWait bounds how long the answer may take to begin: journal verify reads all
// there is before it says anything.
const besideWait = 10 * time.Minute

// openBeside writes the file and returns what answers; forget removes the file.
func (a *app) openBeside(data string, listener net.Listener, journal *store.Journal, d *desk) (local *web.Local, forget func(), err error) {
	where := whereServed{URL: "http://" + listener.Addr().String(), Token: rand.Text()}
	text, err := json.Marshal(where)
	if err != nil {
		return nil, nil, err
	}
	path := filepath.Join(data, besideFile)
	if err := atomicfile.Write(path, text, 0o600); err != nil {
		return nil, nil, err
	}
	forget = func() { _ = os.Remove(path) }
	handler := func(w http.ResponseWriter, r *http.Request) {
		var ask besideAsk
		if r.URL.Path != besidePath || json.NewDecoder(r.Body).Decode(&ask) != nil {
			http.Error(w, "", http.StatusBadRequest)
			return
		}
		w.Header().Set("Trailer", besideStatus+", "+besideSaid)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		var said bytes.Buffer
		t := terminal{in: strings.NewReader(""), out: w, err: &said}
		var code int
		switch {
		case ask.Verb == askRecord || ask.Verb == askNewest || ask.Verb == askAccount:
			code = report(t, d.answer(r.Context(), ask, t))
		case slices.Contains(besideVerbs, ask.Verb):
			code = a.runHeld(r.Context(), ask, journal, t)
		default:
			http.Error(w, "", http.StatusBadRequest)
			return
		}
		w.Header().Set(besideStatus, strconv.Itoa(code))
		w.Header().Set(besideSaid, base64.StdEncoding.EncodeToString(said.Bytes()))
		if worker := d.worker.Load(); worker != nil && ask.Verb == "sync retry" {
			worker.Wake()
		}
	}
	return &web.Local{Token: where.Token, Handler: http.HandlerFunc(handler)}, forget, nil
}

// runHeld runs a verb on the journal that is held.
func (a *app) runHeld(ctx context.Context, ask besideAsk, journal *store.Journal, t terminal) int {
	root := rootOf(&app{terminal: t, version: a.version, held: journal})
	args := strings.Fields(ask.Verb)
	if ask.JSON {
		args = append(args, "--json")
	}
	args = append(args, ask.Flags...)
	root.SetArgs(append(append(args, "--"), ask.Args...))
	return report(t, root.ExecuteContext(ctx))
}

// beside makes a verb ask serve first, when serve holds the journal of the data
// folder.
func (a *app) beside(fn func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if a.held == nil {
			if asked, err := a.askServe(cmd, args); asked {
				return err
			}
		}
		return fn(cmd, args)
	}
}

var errCutShort = errors.New("serve stopped before the end of its answer")

// askServe has serve run the verb. asked is false when nobody answers there.
func (a *app) askServe(cmd *cobra.Command, args []string) (asked bool, err error) {
	_, verb, _ := strings.Cut(cmd.CommandPath(), " ")
	flags, err := besideFlags(cmd)
	if err != nil {
		return false, err
	}
	asked, code, said, err := a.ask(cmd.Context(), besideAsk{verb, args, a.asJSON, flags}, a.out)
	if !asked || err != nil {
		return asked, err
	}
	a.notef("%s", said)
	return true, exitWith(code)
}

// besideFlags lists the verb's own flags that were given.
func besideFlags(cmd *cobra.Command) (flags []string, err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name == "json" || cmd.InheritedFlags().Lookup(f.Name) != nil {
			return
		}
		value := f.Value.String()
		if slices.Contains(besidePaths, f.Name) && value != "" {
			path, wrong := filepath.Abs(value)
			value, err = path, errors.Join(err, wrong)
		}
		flags = append(flags, "--"+f.Name+"="+value)
	})
	return flags, err
}

// ask sends one question to serve and copies the answer to out. asked is false when
// serve does not answer: the file is a stopped program's.
func (a *app) ask(ctx context.Context, question besideAsk, out io.Writer) (asked bool, code int, said []byte, err error) {
	data, err := a.place()
	if err != nil {
		return false, 0, nil, nil
	}
	text, err := readBounded(filepath.Join(data, besideFile), 4<<10)
	var where whereServed
	if err != nil || json.Unmarshal(text, &where) != nil || !onThisMachine(where.URL) {
		return false, 0, nil, nil
	}
	body, err := json.Marshal(question)
	if err != nil {
		return false, 0, nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, where.URL+besidePath, bytes.NewReader(body))
	if err != nil {
		return false, 0, nil, nil
	}
	nonce := rand.Text()
	request.Header.Set(web.LocalNonce, nonce)
	request.Header.Set(web.LocalMAC, web.LocalProof(where.Token, web.LocalAsks, nonce))
	client := http.Client{Transport: &http.Transport{ // no proxy: it never leaves the machine
		DialContext: (&net.Dialer{Timeout: time.Second}).DialContext, ResponseHeaderTimeout: besideWait, DisableKeepAlives: true,
	}}
	response, err := client.Do(request)
	if err != nil {
		return false, 0, nil, ctx.Err()
	}
	defer response.Body.Close()
	proof := web.LocalProof(where.Token, web.LocalAnswers, nonce)
	if response.StatusCode != http.StatusOK || !hmac.Equal([]byte(response.Header.Get(web.LocalMAC)), []byte(proof)) {
		return false, 0, nil, nil // another program has that port now
	}
	_, err = io.Copy(out, response.Body)
	code, wrong := strconv.Atoi(response.Trailer.Get(besideStatus))
	if err != nil || wrong != nil {
		return true, 0, nil, errors.Join(errCutShort, err)
	}
	said, _ = base64.StdEncoding.DecodeString(response.Trailer.Get(besideSaid))
	return true, code, said, nil
}

// onThisMachine reports whether an address is plain HTTP on loopback, the only one
// that is asked.
func onThisMachine(url string) bool {
	host, _, err := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	ip := net.ParseIP(host)
	return err == nil && strings.HasPrefix(url, "http://") && ip != nil && ip.IsLoopback()
}
