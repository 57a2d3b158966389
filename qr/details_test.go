package qr

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

// TestDetailsHaveNoDefaults walks the codec of details beside the one of entries:
// the same lines, and no default, or a field that the other message has would
// come back twice.
func TestDetailsHaveNoDefaults(t *testing.T) {
	lines := 0
	var walk func(path string, entry, detail codec)
	fields := func(path string, entry, detail []field) {
		if len(entry) != len(detail) {
			t.Fatalf("%s: %d lines, want %d", path, len(detail), len(entry))
		}
		for i, d := range detail {
			lines++
			if d.def != nil || d.key != entry[i].key || d.name != entry[i].name {
				t.Errorf("%s.%s: key %d, default %v", path, d.name, d.key, d.def != nil)
			}
			walk(path+"."+d.name, entry[i].codec, d.codec)
		}
	}
	walk = func(path string, entry, detail codec) {
		if reflect.TypeOf(entry) != reflect.TypeOf(detail) {
			t.Fatalf("%s: %T, want %T", path, detail, entry)
		}
		switch d := detail.(type) {
		case *structCodec:
			fields(path, entry.(*structCodec).fields, d.fields)
		case *tupleCodec:
			fields(path, entry.(*tupleCodec).fields, d.fields)
		case listCodec:
			walk(path, entry.(listCodec).item, d.item)
		case componentsCodec:
			// It stands for itself in details, and what it holds is of types walked here.
			for _, f := range componentSchema.fields {
				if f.def != nil {
					t.Errorf("%s.%s has a default, which details would have too", path, f.name)
				}
			}
		}
	}
	for _, f := range summarySchema.fields {
		if c, ok := f.codec.(sectionCodec); ok {
			walk(f.name, c.entries, c.detailed.fields[2].codec)
		}
	}
	if lines < 100 {
		t.Errorf("only %d lines were walked", lines)
	}
}

// detailBody is an allergy section with the given map, as a body.
func detailBody(section string) string { return "\xa1\x05" + section }

func TestHostileDetails(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       error
	}{
		{"details of one entry", detailBody("\xa1\x02\x81\xa1\x08\x61n"), nil},
		{"details of the second entry", detailBody("\xa2\x00\x03\x02\x82\xa0\x61n"), nil},
		{"nothing", detailBody("\xa0"), errSpelling},
		{"entries without details", detailBody("\xa1\x01\x81\x61a"), errSpelling},
		{"details without anything", detailBody("\xa1\x02\x80"), errSpelling},
		{"details that say nothing", detailBody("\xa1\x02\x81\xa0"), errSection},
		{"details that end with nothing", detailBody("\xa1\x02\x82\x61n\xa0"), errSection},
		{"a status that is left out", detailBody("\xa1\x02\x81\xa1\x04\x00"), errSection},
		{"an empty status beside a note", detailBody("\xa1\x02\x81\xa2\x04\x00\x08\x61n"), errSpelling},
		{"fewer than no entries elsewhere", detailBody("\xa2\x00\x20\x02\x81\x61n"), errRange},
		{"a critical key", detailBody("\xa1\x20\x01"), errCritical},
		{"keys out of order", detailBody("\xa2\x02\x81\x61n\x00\x03"), errKeyOrder},
		{"a promise of more details than bytes", detailBody("\xa1\x02\x9a\xff\xff\xff\xff"), errTruncated},
		{"details of details", detailBody("\xa1\x02\xa1\x02\x81\x61n"), errType},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _, err := decodeBody([]byte(c.body))
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if err == nil && s.Allergies.Missing() == 0 {
				t.Errorf("got %+v", s.Allergies)
			}
		})
	}
}

// forgedCard signs two messages that a trusted issuer would not write together.
func forgedCard(t *testing.T, key SigningKey, emergency, full *record.Summary) []string {
	t.Helper()
	var prior []byte
	sign := func(h head, s *record.Summary) []byte {
		body, err := encodeBody(s)
		if err != nil {
			t.Fatal(err)
		}
		var code []byte
		h.dictionary, code = coder{}.compress(prior, body)
		prior = body
		signed, err := seal(key, nil, h, code)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	e := sign(head{kind: kindEmergency, issued: testNow, parts: 1}, emergency)
	f := sign(head{kind: kindFull, binding: bind(e)}, full)
	return []string{messageText(e), messageText(f)}
}

func TestMessagesThatContradictEachOther(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	allergies := func(entries ...record.Allergy) record.Section[record.Allergy] {
		return record.Section[record.Allergy]{Entries: entries}
	}
	details := func(d ...record.Allergy) *record.Summary {
		return &record.Summary{Allergies: record.Section[record.Allergy]{Details: d}}
	}
	latex := record.Allergy{Substance: record.Text("Latex"), Status: "active", Criticality: "high"}
	note := record.Allergy{Note: "Gants en nitrile."}
	for _, c := range []struct {
		name      string
		emergency record.Summary
		full      *record.Summary
		want      record.Verdict
	}{
		{"details that complete", record.Summary{Allergies: allergies(latex), Abridged: 1}, details(note), record.Authentic},
		{"details that were left out", record.Summary{Allergies: allergies(latex), Abridged: 1}, &record.Summary{Abridged: 1}, record.Authentic},
		{"details of an entry that is not there", record.Summary{Allergies: allergies(latex), Abridged: 1}, details(record.Allergy{}, note), record.Unreadable},
		{"details that lower a danger", record.Summary{Allergies: allergies(latex), Abridged: 1}, details(record.Allergy{Criticality: "low"}), record.Unreadable},
		{"details that refute", record.Summary{Allergies: allergies(latex), Abridged: 1}, details(record.Allergy{Status: "resolved"}), record.Unreadable},
		{"details that nobody announced", record.Summary{Allergies: allergies(latex)}, details(note), record.Unreadable},
		{"details that are announced and nowhere", record.Summary{Allergies: allergies(latex), Abridged: 1}, &record.Summary{}, record.Unreadable},
		{"entries that are announced and nowhere", record.Summary{Allergies: record.Section[record.Allergy]{Omitted: 2}}, &record.Summary{Allergies: allergies(latex)}, record.Unreadable},
		{"details in the emergency message", record.Summary{Allergies: details(note).Allergies, UpdatedAt: "2026"}, &record.Summary{}, record.Unreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.emergency.UpdatedAt = "2026-11-01"
			got := Reader{Keys: testList(trusted), Now: testNow}.Read(forgedCard(t, key, &c.emergency, c.full))
			if len(got) == 0 || got[0].Judgement.Verdict != c.want && got[len(got)-1].Judgement.Verdict != c.want {
				t.Fatalf("got %v, want %s", verdicts(got), c.want)
			}
			for _, r := range got {
				if r.Complete != (c.want == record.Authentic) || r.Complete != (r.Summary != nil) && len(r.Missing) == 0 {
					t.Errorf("got %+v", r)
				}
			}
			if c.want == record.Unreadable {
				return
			}
			if warned := len(got[0].Warnings) == 1 && got[0].Warnings[0].Code == WarnAbridged; warned != (got[0].Summary.Abridged > 0) {
				t.Errorf("got warnings %+v", got[0].Warnings)
			}
			if a := got[0].Summary.Allergies.Entries[0]; a.Title() != "Latex" || a.Criticality != "high" || a.Status != "active" {
				t.Errorf("got %+v", a)
			}
		})
	}
}

// TestAbridgedEntriesComeBackWhole: what the emergency message shortens is in the
// full one, to the letter, and the emergency message says how much that is.
func TestAbridgedEntriesComeBackWhole(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	s := longSummary(8)
	for i := range s.Medications.Entries {
		s.Medications.Entries[i].Note = "Ordonnance " + noise(i) + noise(i+100)
	}
	one := newSheet(t, s, EncodeOptions{Key: key, IssuedAt: testNow})
	e := one.card.Emergency
	if e.Abridged == 0 || e.Medications.Len() != one.summary.Medications.Len() || e.Allergies.Len() != 2 || len(e.Contacts) == 0 {
		t.Errorf("%d abridged, %d treatments of %d, %d allergies, %d contacts", e.Abridged, e.Medications.Len(), one.summary.Medications.Len(), e.Allergies.Len(), len(e.Contacts))
	}
	reader := Reader{Keys: testList(trusted), Now: testNow}
	alone := reader.Read(one.all[:1])[0]
	if alone.Complete || alone.Summary.Abridged != e.Abridged || alone.Judgement.Verdict != record.Incomplete {
		t.Errorf("got %+v", alone)
	}
	whole := reader.Read(one.all)[0]
	if !whole.Complete || whole.Summary.Abridged != 0 || !reflect.DeepEqual(whole.Summary, one.summary) || len(whole.Warnings) > 0 {
		t.Errorf("got %+v", whole)
	}
}

// TestDetailsThatDoNotFitAreSaid: details stay out last, are named to the person
// printing, and the reader is warned.
func TestDetailsThatDoNotFitAreSaid(t *testing.T) {
	s := sampleSummary()
	novel := func(seed int) string {
		var b bytes.Buffer
		for i := range 900 {
			fmt.Fprintf(&b, "%x ", (i+seed)*7919*(i+3))
		}
		return b.String()
	}
	s.Medications.Entries[2].Note = novel(1)
	s.Problems.Entries[0].Note = novel(2)
	key, trusted := testKey("des Tilleuls")
	card := mustEncode(t, s, EncodeOptions{Key: key, IssuedAt: testNow})
	got := Reader{Keys: testList(trusted), Now: testNow}.Read(texts(card))
	if len(got) != 1 || !got[0].Complete {
		t.Fatalf("got %+v", got)
	}
	read := got[0].Summary
	named := 0
	for _, l := range card.LeftOut {
		if strings.HasSuffix(l.What, wordDetails) && l.Why == record.WhyNoRoom {
			named++
		}
	}
	if named == 0 || read.Abridged != named || len(got[0].Warnings) != 1 || got[0].Warnings[0].Code != WarnAbridged {
		t.Errorf("%d entries lost details, %d named, warnings %+v", read.Abridged, named, got[0].Warnings)
	}
	if read.Medications.Len() != s.Medications.Len() || read.Problems.Entries[0].Title() != s.Problems.Entries[0].Title() || !reflect.DeepEqual(read.Allergies, s.Allergies) {
		t.Error("entries went before details")
	}
	if last := card.LeftOut[len(card.LeftOut)-1]; !strings.HasPrefix(last.What, "Problèmes de santé : ") && !strings.HasPrefix(last.What, "Traitements : ") {
		t.Errorf("the last to stay out is %q", last.What)
	}
}
