package handover

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

const (
	// dialTimeout is how long a holder on the same network may take to answer.
	dialTimeout = 3 * time.Second
	// pieceSize is how much of a package one request carries.
	pieceSize = 256 << 10
	// LookEvery is how often a running line looks for its holder.
	LookEvery = 15 * time.Second
	// refusedPause is how long a package that the holder refused is not offered again.
	refusedPause = time.Hour
)

// ReasonNoLine is unavailable: the holder does not answer at its address, or is not the
// one that was paired.
const ReasonNoLine = "handover_no_line"

// Line brings packages to one holder over the network and fetches its receipts. Small
// packages go first and on a connection of their own; the pieces of large ones wait
// while a small one is under way.
type Line struct {
	desk  *Desk
	peer  store.Peer
	dir   Dir // what waits for the network, sealed
	small *http.Client
	large *http.Client
	busy  atomic.Int32 // small packages under way
	lane  sync.Mutex   // of the small ones
	bulk  sync.Mutex   // of the large ones

	refusals sync.Map // name → when the holder refused it
}

// NewLine makes a line to a holder; what waits for it is kept, sealed, below dir.
func NewLine(j Journal, peer store.Peer, dir string) (*Line, error) {
	desk, err := NewDesk(j)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, peer.ID)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	l := &Line{desk: desk, peer: peer, dir: Dir(path)}
	l.dir.Sweep()
	if l.small, err = desk.client(peer.Sign); err == nil {
		l.large, err = desk.client(peer.Sign)
	}
	return l, err
}

// client makes requests to whoever has that key.
func (d *Desk) client(sign []byte) (*http.Client, error) {
	config, err := d.identity.tlsConfig(pinned(sign))
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Timeout: pieceTimeout,
		Transport: &http.Transport{ // no proxy: the holder is on this network
			DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext, TLSClientConfig: config,
			TLSHandshakeTimeout: dialTimeout, MaxConnsPerHost: 1, IdleConnTimeout: idleTimeout,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// Exchanged is what an exchange did.
type Exchanged struct {
	Taken   int `json:"taken"`   // packages that the holder took, or had taken
	Cleared int `json:"cleared"` // entries cleared by receipts
	Waiting int `json:"waiting"` // entries of ours that have no receipt yet
	Refused int `json:"refused"` // packages that the holder refused
}

func (e *Exchanged) add(o Exchanged) {
	e.Taken, e.Cleared, e.Refused = e.Taken+o.Taken, e.Cleared+o.Cleared, e.Refused+o.Refused
}

// Exchange gives what is owed, notes and photographs side by side, and fetches the
// receipts. It goes on where an earlier one was cut off.
func (l *Line) Exchange(ctx context.Context) (Exchanged, error) {
	out, err := l.Notes(ctx)
	if err != nil {
		return out, err
	}
	bulk, err := l.Photographs(ctx)
	out.add(bulk)
	if err != nil || bulk.Taken == 0 {
		return out, err
	}
	again, err := l.Notes(ctx) // their receipts
	again.add(out)
	return again, err
}

// Notes fetches the receipts, gives the small packages, and fetches the receipts of
// those.
func (l *Line) Notes(ctx context.Context) (out Exchanged, err error) {
	l.lane.Lock()
	defer l.lane.Unlock()
	// Whether anybody is there costs a handshake; only then is anything sealed.
	if _, err := l.ask(ctx, l.small, http.MethodGet, "/1/packages/"+emptyName, nil); err != nil {
		return out, err
	}
	l.busy.Add(1)
	defer l.busy.Add(-1)
	if out.Cleared, out.Waiting, err = l.fetch(ctx); err != nil {
		return out, err
	}
	if _, err := l.desk.Export(ctx, l.dir, ExportOptions{For: l.peer.ID}); err != nil {
		return out, err
	}
	if err := l.forgetCleared(ctx); err != nil {
		return out, err
	}
	given, err := l.give(ctx, l.small, false)
	out.add(given)
	if err != nil || given.Taken == 0 {
		return out, err
	}
	cleared, waiting, err := l.fetch(ctx)
	out.Cleared, out.Waiting = out.Cleared+cleared, waiting
	return out, err
}

// owed are the entries that the journal owes, of its own and of others.
func (l *Line) owed(ctx context.Context) (map[string]bool, error) {
	items, err := l.desk.journal.Owed(ctx)
	owed := map[string]bool{}
	for _, item := range items {
		owed[item.Entry] = true
	}
	return owed, err
}

// Wanted reports whether there is anything to give or to ask for.
func (l *Line) Wanted(ctx context.Context) (bool, error) {
	owed, err := l.owed(ctx)
	return len(owed) > 0, err
}

// forgetCleared drops packages that waited for the line and found another road.
func (l *Line) forgetCleared(ctx context.Context) error {
	owed, err := l.owed(ctx)
	if err != nil {
		return err
	}
	names, _, err := l.dir.List()
	for _, name := range names {
		if h, _, err := readHeader(l.dir, name); err != nil || !owed[h.Entry] || h.Kind != KindEntry {
			_ = l.dir.Remove(name)
		}
	}
	return err
}

// Photographs gives the large packages that [Line.Notes] has made ready.
func (l *Line) Photographs(ctx context.Context) (Exchanged, error) {
	l.bulk.Lock()
	defer l.bulk.Unlock()
	return l.give(ctx, l.large, true)
}

// emptyName is the name of no package: a question that is always answered.
const emptyName = "00000000000000000000" + Extension

// give uploads the packages of one size.
func (l *Line) give(ctx context.Context, client *http.Client, large bool) (out Exchanged, err error) {
	names, _, err := l.dir.List()
	if err != nil {
		return out, err
	}
	for _, name := range names {
		_, size, err := readHeader(l.dir, name)
		if at, refused := l.refusals.Load(name); err != nil || size > pieceSize != large || refused && time.Since(at.(time.Time)) < refusedPause {
			continue
		}
		what, err := l.upload(ctx, client, name, size)
		if err != nil {
			return out, err
		}
		if what == Refused {
			out.Refused++ // it stays ours to deliver
			l.refusals.Store(name, time.Now())
			continue
		}
		out.Taken++
		_ = l.dir.Remove(name)
	}
	return out, nil
}

// upload sends a package from where the holder has it, piece by piece.
func (l *Line) upload(ctx context.Context, client *http.Client, name string, size int64) (What, error) {
	f, _, err := l.dir.Open(name)
	if err != nil {
		return Refused, err
	}
	defer f.Close()
	from, ok := f.(io.ReaderAt)
	if !ok {
		return Refused, errors.ErrUnsupported
	}
	a, err := l.ask(ctx, client, http.MethodGet, "/1/packages/"+name, nil)
	if err != nil {
		return Refused, err
	}
	at := a.At
	for tries := 0; tries < 3; {
		if err := l.yield(ctx, size > pieceSize); err != nil {
			return Refused, err
		}
		if at >= size { // whole there, and not taken: its last byte again
			at = 0
			tries++
		}
		piece := make([]byte, min(pieceSize, size-at))
		if _, err := from.ReadAt(piece, at); err != nil && err != io.EOF {
			return Refused, lost(err)
		}
		path := "/1/packages/" + name + "?at=" + strconv.FormatInt(at, 10) + "&of=" + strconv.FormatInt(size, 10)
		a, err := l.ask(ctx, client, http.MethodPut, path, piece)
		if err != nil {
			return Refused, err
		}
		if a.What != "" {
			return a.What, nil
		}
		if a.At <= at {
			tries++ // somebody else wrote there
		}
		at = a.At
	}
	return Refused, noLine(fmt.Errorf("%s does not arrive", name))
}

// yield holds the pieces of a large package back while a small one is under way.
func (l *Line) yield(ctx context.Context, large bool) error {
	for large && l.busy.Load() > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return ctx.Err()
}

// fetch asks how the entries stand that were given to the holder.
func (l *Line) fetch(ctx context.Context) (cleared, waiting int, err error) {
	given, err := l.desk.journal.AllGiven(ctx)
	if err != nil {
		return 0, 0, err
	}
	owed, err := l.owed(ctx)
	if err != nil {
		return 0, 0, err
	}
	var q asking
	for _, g := range given {
		if g.Peer == l.peer.ID && owed[g.Entry] {
			q.Entries = append(q.Entries, g.Entry)
		}
	}
	total := len(q.Entries)
	for all := q.Entries; len(all) > 0; {
		n := min(len(all), maxAsked)
		q.Entries, all = all[:n], all[n:]
		body, err := json.Marshal(q)
		if err != nil {
			return cleared, 0, err
		}
		packages, err := l.receipts(ctx, body)
		if err != nil {
			return cleared, 0, err
		}
		answered := map[string]bool{}
		for _, b := range packages {
			if h, err := ParseHeader(b); err == nil {
				answered[h.Entry] = true
			}
		}
		for _, entry := range q.Entries {
			if !answered[entry] {
				if err := l.desk.journal.HeardNothing(ctx, entry, l.peer.ID); err != nil {
					return cleared, 0, err
				}
			}
		}
		done, err := l.desk.Import(ctx, packages, nil)
		cleared += done.Outcomes[Cleared]
		if err != nil {
			return cleared, 0, err
		}
	}
	return cleared, total - cleared, nil
}

// receipts asks one question and takes the answer apart.
func (l *Line) receipts(ctx context.Context, question []byte) (loose, error) {
	response, err := l.do(ctx, l.small, http.MethodPost, "/1/receipts", question)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, refusedBy(response)
	}
	out := loose{}
	for len(out) < maxAsked {
		head := make([]byte, headerSize)
		if _, err := io.ReadFull(response.Body, head); err == io.EOF {
			return out, nil
		} else if err != nil {
			return nil, noLine(err)
		}
		h, err := ParseHeader(head)
		if err != nil || h.Size > maxManifest {
			return nil, noLine(errors.Join(err, errors.New("the answer is no receipt")))
		}
		b := append(head, make([]byte, h.Length()-int64(headerSize))...)
		if _, err := io.ReadFull(response.Body, b[headerSize:]); err != nil {
			return nil, noLine(err)
		}
		out[h.Name()] = b
	}
	return out, nil
}

func (l *Line) do(ctx context.Context, client *http.Client, method, path string, body []byte) (*http.Response, error) {
	return request(ctx, client, method, l.peer.Address, path, body)
}

func request(ctx context.Context, client *http.Client, method, address, path string, body []byte) (*http.Response, error) {
	if address == "" {
		return nil, noLine(errors.New("the holder has no address"))
	}
	r, err := http.NewRequestWithContext(ctx, method, "https://"+address+path, bytes.NewReader(body))
	if err != nil {
		return nil, noLine(err)
	}
	response, err := client.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, noLine(err)
	}
	return response, nil
}

func noLine(err error) error {
	return &record.Error{Code: record.CodeUnavailable, Op: "reach holder", Reason: ReasonNoLine, Err: err}
}

// ask makes a request that is answered in JSON. A refusal of the whole exchange is an
// error; bytes in the wrong place are not.
func (l *Line) ask(ctx context.Context, client *http.Client, method, path string, body []byte) (answer, error) {
	response, err := l.do(ctx, client, method, path, body)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusConflict {
		return answer{}, refusedBy(response)
	}
	var a answer
	if err := json.NewDecoder(io.LimitReader(response.Body, 4<<10)).Decode(&a); err != nil {
		return a, noLine(err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 4<<10))
	return a, nil
}

// refusedBy is the error of an exchange that the holder refuses.
func refusedBy(response *http.Response) error {
	var a answer
	_ = json.NewDecoder(io.LimitReader(response.Body, 4<<10)).Decode(&a)
	code := record.CodeUnavailable
	if response.StatusCode == http.StatusForbidden {
		code = record.CodeUntrusted
	}
	switch a.Reason {
	case ReasonStranger, store.ReasonPeerRevoked, store.ReasonPeerUnconfirmed, store.ReasonNoOffer, ReasonPairingText:
		return &record.Error{Code: code, Op: "reach holder", Reason: a.Reason, Err: errors.New("the holder refuses")}
	}
	return noLine(fmt.Errorf("the holder answers %d", response.StatusCode))
}

// SendAnswer brings the answer to an offer to whoever offered, over the network.
func SendAnswer(ctx context.Context, j Journal, peer store.Peer, text string) error {
	desk, err := NewDesk(j)
	if err != nil {
		return err
	}
	client, err := desk.client(peer.Sign)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	response, err := request(ctx, client, http.MethodPost, peer.Address, "/1/pair", []byte(text))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return refusedBy(response)
	}
	return nil
}

// Close drops the connections.
func (l *Line) Close() {
	l.small.CloseIdleConnections()
	l.large.CloseIdleConnections()
}
