package qr

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/qr/compress"
)

// The vectors of single layers (testdata/vectors/v1/low): for whoever writes a reader
// and wants to know which layer is wrong. A file is a family, of which this file
// knows each.

// hexBytes are bytes that JSON has in hexadecimal.
type hexBytes string

func (b hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString([]byte(b))), nil }

func (b *hexBytes) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	*b = hexBytes(raw)
	return err
}

type lowFile struct {
	About string    `json:"about"`
	Cases []lowCase `json:"cases"`
}

// lowCase is one case of any family; each has its fields.
type lowCase struct {
	About   string `json:"about"`
	Refused bool   `json:"refused,omitempty"`

	Text  string   `json:"text,omitempty"` // base45
	Bytes hexBytes `json:"bytes,omitempty"`

	Dictionary int      `json:"dictionary,omitempty"` // compress: an id, or what is learnt instead
	Learnt     hexBytes `json:"learnt,omitempty"`
	Prior      hexBytes `json:"prior,omitempty"`
	Body       hexBytes `json:"body,omitempty"`
	Code       hexBytes `json:"code,omitempty"`
	Limit      int      `json:"limit,omitempty"`

	Unknown int             `json:"unknown,omitempty"` // body
	Content json.RawMessage `json:"content,omitempty"`

	K       int        `json:"k,omitempty"` // parts
	Card    hexBytes   `json:"card,omitempty"`
	Message hexBytes   `json:"message,omitempty"`
	Parts   []hexBytes `json:"parts,omitempty"`

	Typed     string   `json:"typed,omitempty"` // lock, with card
	Emergency hexBytes `json:"emergency,omitempty"`
	IV        hexBytes `json:"iv,omitempty"`
	Inside    hexBytes `json:"inside,omitempty"`
	Locked    hexBytes `json:"locked,omitempty"`

	Vector string      `json:"vector,omitempty"` // messages: a vector, and its messages
	Signed []lowSigned `json:"messages,omitempty"`
}

// lowSigned is a message taken apart.
type lowSigned struct {
	Kind       int      `json:"kind"`
	Algorithm  int      `json:"alg"`
	KeyID      hexBytes `json:"kid,omitempty"`
	Dictionary int      `json:"dictionary"`
	Issued     int64    `json:"issued,omitempty"` // seconds since 2020
	Card       hexBytes `json:"card,omitempty"`
	K          int      `json:"k,omitempty"`
	Binding    hexBytes `json:"binding,omitempty"`
	Code       hexBytes `json:"code"`
	Body       hexBytes `json:"body"`
}

// lowFamilies says how a case of each family is checked, and fails for one that does
// not hold.
var lowFamilies = map[string]func(*testing.T, lowCase){
	"base45":   checkBase45,
	"compress": checkCompress,
	"body":     checkBody,
	"parts":    checkParts,
	"lock":     checkLock,
	"messages": checkMessages,
}

func TestLowVectors(t *testing.T) {
	files, err := filepath.Glob(vectorFolder + "/low/*.json")
	if err != nil || len(files) != len(lowFamilies) {
		t.Fatalf("%d files of %d families, %v", len(files), len(lowFamilies), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		check := lowFamilies[name]
		if check == nil {
			t.Fatalf("%s: no such family", name)
		}
		for _, c := range lowCases(t, name) {
			t.Run(name+"/"+c.About, func(t *testing.T) { check(t, c) })
		}
	}
}

// lowCases reads the cases of a family.
func lowCases(t testing.TB, family string) []lowCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(vectorFolder, "low", family+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var f lowFile
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil || len(f.Cases) == 0 || f.About == "" {
		t.Fatalf("%s: %d cases, %v", family, len(f.Cases), err)
	}
	return f.Cases
}

func checkBase45(t *testing.T, c lowCase) {
	got, err := base45.Decode(c.Text)
	if (err != nil) != c.Refused || string(got) != string(c.Bytes) {
		t.Errorf("got %x, %v", got, err)
	}
	if again := base45.Encode(got); !c.Refused && again != c.Text {
		t.Errorf("is written %q", again)
	}
}

func checkCompress(t *testing.T, c lowCase) {
	model := compress.NewModel([]byte(c.Learnt))
	if c.Learnt == "" {
		model = models[byte(c.Dictionary)]()
	}
	got, err := model.Decompress([]byte(c.Prior), []byte(c.Code), c.Limit)
	if (err != nil) != c.Refused || string(got) != string(c.Body) {
		t.Errorf("got %x, %v", got, err)
	}
	if again := model.Compress([]byte(c.Prior), []byte(c.Body)); !c.Refused && string(again) != string(c.Code) {
		t.Errorf("is written %x", again)
	}
}

func checkBody(t *testing.T, c lowCase) {
	s, unknown, err := decodeBody([]byte(c.Body))
	if (err != nil) != c.Refused || unknown != c.Unknown {
		t.Fatalf("got %d unknown keys, %v", unknown, err)
	}
	if err != nil {
		return
	}
	got, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Compact(&want, c.Content); err != nil || want.String() != string(got) {
		t.Errorf("got %s\nwant %s, %v", got, want.String(), err)
	}
}

// checkParts joins every choice of k parts.
func checkParts(t *testing.T, c lowCase) {
	if c.Refused {
		if p, err := parsePart([]byte(c.Parts[0])); err == nil {
			t.Errorf("got %+v", p)
		}
		return
	}
	made, err := split([]byte(c.Message), c.K, [8]byte([]byte(c.Card)))
	if err != nil || len(made) != len(c.Parts) {
		t.Fatalf("%d parts of %d, %v", len(made), len(c.Parts), err)
	}
	for i, p := range made {
		if string(p.bytes()) != string(c.Parts[i]) {
			t.Errorf("part %d is written %x", i+1, p.bytes())
		}
	}
	for choice := range 1 << len(c.Parts) {
		if bits.OnesCount(uint(choice)) != c.K {
			continue
		}
		var g *group
		for i := range c.Parts {
			if choice>>i&1 == 0 {
				continue
			}
			p, err := parsePart([]byte(c.Parts[i]))
			if err != nil {
				t.Fatal(err)
			}
			if g == nil {
				g = &group{shape: p.shape, shards: map[int][][]byte{}}
			}
			g.add(p)
		}
		if got, err := g.join(); err != nil || string(got) != string(c.Message) {
			t.Fatalf("parts %b: got %x, %v", choice, got, err)
		}
	}
}

func checkLock(t *testing.T, c lowCase) {
	code, err := ParsePatientCode(c.Typed)
	if c.Locked == "" {
		if (err != nil) != c.Refused || err == nil && string(code.text[:]) != string(c.Code) {
			t.Errorf("got %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	key, err := newLock(*code, [8]byte([]byte(c.Card)), []byte(c.Emergency))
	if err != nil {
		t.Fatal(err)
	}
	m, err := parseLocked([]byte(c.Locked))
	if err != nil {
		t.Fatal(err)
	}
	got, err := key.open(m)
	if (err != nil) != c.Refused || string(got) != string(c.Inside) {
		t.Errorf("got %x, %v", got, err)
	}
	if again, err := key.close(strings.NewReader(string(c.IV)), [8]byte([]byte(c.Card)), got); !c.Refused && (err != nil || string(again) != string(c.Locked)) {
		t.Errorf("is written %x, %v", again, err)
	}
}

// storedVector reads a vector.
func storedVector(name string) (v vector, err error) {
	data, err := os.ReadFile(filepath.Join(vectorFolder, name+".json"))
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(data, &v)
}

func checkMessages(t *testing.T, c lowCase) {
	v, err := storedVector(c.Vector)
	if err != nil {
		t.Fatal(err)
	}
	got := messagesOf(t, v)
	if a, b := mustJSON(t, got), mustJSON(t, c.Signed); a != b {
		t.Errorf("got %s\nwant %s", a, b)
	}
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// messagesOf takes the messages of one card apart, the emergency message first.
func messagesOf(t testing.TB, v vector) []lowSigned {
	t.Helper()
	var messages [][]byte
	var g *group
	for _, text := range v.Texts {
		b := raw(t, text)
		if b[0] != partByte {
			messages = append(messages, b)
			continue
		}
		p, err := parsePart(b)
		if err != nil {
			t.Fatal(err)
		}
		if g == nil {
			g = &group{shape: p.shape, shards: map[int][][]byte{}}
		}
		g.add(p)
	}
	if g != nil {
		b, err := g.join()
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, b)
	}
	var out []lowSigned
	var prior []byte
	for _, b := range messages {
		m, err := parseMessage(b)
		if err != nil {
			t.Fatal(err)
		}
		alg, err := m.sign.Headers.Protected.Algorithm()
		if err != nil {
			t.Fatal(err)
		}
		said, err := coder{}.read(m, prior)
		if err != nil {
			t.Fatal(err)
		}
		prior = said.body
		s := lowSigned{Kind: int(m.head.kind), Algorithm: int(alg), KeyID: hexBytes(m.kid), Dictionary: int(m.head.dictionary), Code: hexBytes(m.compressed), Body: hexBytes(said.body)}
		if m.head.kind == kindFull {
			s.Binding = hexBytes(m.head.binding[:])
		} else {
			s.Issued, s.Card, s.K = int64(m.head.issued.Sub(epoch).Seconds()), hexBytes(m.head.card[:]), m.head.parts
		}
		out = append(out, s)
	}
	return out
}
