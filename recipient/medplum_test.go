package recipient_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/outboxtest"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

// medplumDir is where scripts/test installs the engine.
const medplumDir = "../build/peers/medplum"

// medplum is Medplum's FHIR engine in a process of its own (testdata/peers/medplum).
type medplum struct{ base *url.URL }

// startMedplum starts a fresh engine, empty, that ends with the test.
func startMedplum(t *testing.T) *medplum {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("Node is missing: scripts/test installs it")
	}
	if _, err := os.Stat(filepath.Join(medplumDir, "node_modules", "@medplum")); err != nil {
		t.Skip("Medplum is not installed in build/peers/medplum: scripts/test does it with npm ci")
	}
	ctx, cancel := context.WithCancel(context.Background())
	engine := exec.CommandContext(ctx, node, "--experimental-websocket", "server.mjs")
	engine.Dir, engine.Env = medplumDir, append(os.Environ(), "PORT=0")
	out, err := engine.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); engine.Wait() })
	var ready struct{ Port int }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil || ready.Port == 0 {
		t.Fatalf("the engine did not start: %v, it said %q", err, line)
	}
	go io.Copy(io.Discard, out)
	base, err := url.Parse(fmt.Sprintf("http://127.0.0.1:%d/fhir/R4", ready.Port))
	if err != nil {
		t.Fatal(err)
	}
	return &medplum{base}
}

// get asks the engine itself, behind every front.
func (p *medplum) get(t *testing.T, path string, query url.Values) map[string]any {
	t.Helper()
	response, err := http.Get("http://" + p.base.Host + path + "?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body map[string]any
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return body
}

func (p *medplum) held(t *testing.T, documentID string) int {
	t.Helper()
	entries, _ := p.get(t, p.base.Path+"/DocumentReference", url.Values{"identifier": {"urn:ietf:rfc:3986|" + documentID}})["entry"].([]any)
	return len(entries)
}

func (p *medplum) count(t *testing.T, kind string) int {
	t.Helper()
	n, _ := p.get(t, "/_count", url.Values{"type": {kind}})["count"].(float64)
	return int(n)
}

// badLine is a proxy that fails as lines do: each request at random, from a seed.
type badLine struct {
	mu     sync.Mutex
	random *rand.Rand
	faults map[transporttest.Kind]int
}

func (b *badLine) fault(*http.Request) transporttest.Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	kinds := []transporttest.Kind{transporttest.Portal, transporttest.LoseRequest, transporttest.LoseAnswer, transporttest.LateCommit, transporttest.Busy, "404", "slow"}
	kind := transporttest.NoFault
	if b.random.IntN(100) < 20 {
		kind = kinds[b.random.IntN(len(kinds))]
	}
	b.faults[kind]++
	return transporttest.Fault{Kind: kind, After: time.Duration(b.random.IntN(60)) * time.Millisecond}
}

// TestMedplum starts one engine for all that is tried with it, in an order that
// leaves it nearly empty for the count.
func TestMedplum(t *testing.T) {
	peer := startMedplum(t)
	t.Run("each once", peer.holdsEachOnce)
	t.Run("corrections", peer.corrections)
	t.Run("photograph and audit event", peer.photographAndAudit)
	t.Run("contract", peer.contract)
}

// holdsEachOnce delivers 200 consultations to Medplum's engine through a
// line that drops, delays and cuts, and answers like a portal, then counts what the
// engine holds.
func (peer *medplum) holdsEachOnce(t *testing.T) {
	const consultations = 200
	line := &badLine{random: rand.New(rand.NewPCG(6, 3)), faults: map[transporttest.Kind]int{}}
	f := newFront(peer.proxy())
	f.fault = line.fault
	site := f.serve(t)
	client, err := fhir.NewClient(site.URL+peer.base.Path, fhir.ClientOptions{Timeout: 2 * time.Second, CheckRecord: true})
	if err != nil {
		t.Fatal(err)
	}
	outbox := new(outboxtest.Memory)
	sent := make([]record.Submission, consultations)
	for i := range sent {
		sent[i] = submission(t, 500_000+i)
		outbox.Add(fmt.Sprintf("entry-%03d", i), time.Now(), sent[i])
	}
	w, began := quickWorker(outbox, client), time.Now()
	for pass := 0; len(waiting(t, outbox)) > 0; pass++ {
		if pass == 2000 {
			t.Fatalf("%d of %d still wait after %d passes", len(waiting(t, outbox)), consultations, pass)
		}
		if _, err := w.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	took := time.Since(began)
	time.Sleep(150 * time.Millisecond) // whatever was to come late has come
	f.fault = nil
	for i, s := range sent {
		if n := peer.held(t, s.DocumentID); n != 1 {
			t.Errorf("consultation %d is held %d times, want once", i, n)
		}
		if item := outbox.Item(fmt.Sprintf("entry-%03d", i)); item.State != record.Cleared {
			t.Errorf("consultation %d is %s (%s), want cleared", i, item.State, item.LastError)
		}
	}
	if documents, lists := peer.count(t, "DocumentReference"), peer.count(t, "List"); documents != consultations || lists != consultations {
		t.Errorf("the engine holds %d documents and %d submission sets, want %d of each", documents, lists, consultations)
	}
	t.Logf("delivered in %v; requests by what happened to them: %v", took.Round(time.Millisecond), line.faults)
	for _, kind := range []transporttest.Kind{transporttest.Portal, transporttest.LoseRequest, transporttest.LoseAnswer, transporttest.LateCommit} {
		if line.faults[kind] == 0 {
			t.Errorf("no request met %q: this proves nothing", kind)
		}
	}
}

// quickWorker is a worker on a line of this machine, whose waits are short.
func quickWorker(outbox outsync.Outbox, transport outsync.Transport) *outsync.Worker {
	w := outsync.New(outbox, transport)
	w.RequestTimeout, w.Settle, w.FollowUp = time.Second, 100*time.Millisecond, 10*time.Millisecond
	w.ProbeEvery, w.EntryEvery, w.RetryAfterMax, w.Spread = 20*time.Millisecond, 20*time.Millisecond, 10*time.Millisecond, time.Millisecond
	w.UnauthorizedPause = 20 * time.Millisecond
	return w
}

func waiting(t *testing.T, outbox outsync.Outbox) []record.Item {
	t.Helper()
	items, err := outbox.Waiting(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return items
}
