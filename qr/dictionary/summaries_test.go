// Package dictionary_test checks what the card's dictionary is trained on.
package dictionary_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

// fictitiousNumbers are the first six digits of the telephone numbers that are kept
// free for works of fiction (ARCEP, décision 2018-0881): no summary may
// show the number of somebody who exists.
var fictitiousNumbers = map[string]bool{
	"019900": true, "026191": true, "035301": true, "046571": true, "053649": true, "063998": true,
}

// trainingSummaries reads every summary of source/summaries, by file name.
func trainingSummaries(t *testing.T) map[string]*record.Summary {
	t.Helper()
	paths, err := filepath.Glob("source/summaries/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatal("no summary in source/summaries")
	}
	out := map[string]*record.Summary{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		s, err := readStrictly(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		out[name] = s
	}
	return out
}

// readStrictly reads one summary and nothing after it. A section reads its entries
// by itself and passes over unknown fields, whatever the decoder was told: so what
// was read is written again, and must say all that the file says.
func readStrictly(data []byte) (*record.Summary, error) {
	var s record.Summary
	in := json.NewDecoder(bytes.NewReader(data))
	in.DisallowUnknownFields()
	if err := in.Decode(&s); err != nil {
		return nil, err
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, errTrailing
	}
	again, err := json.Marshal(&s)
	if err != nil {
		return nil, err
	}
	var want, got any
	if err := json.Unmarshal(data, &want); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(again, &got); err != nil {
		return nil, err
	}
	if at := firstDifference("", want, got); at != "" {
		return nil, differsError(at)
	}
	return &s, nil
}

type differsError string

func (e differsError) Error() string { return "not read as it is written: " + string(e) }

const errTrailing = differsError("something follows the summary")

// firstDifference names the first place where got is not want, "" for none.
func firstDifference(at string, want, got any) string {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok || len(got) > len(want) {
			return at
		}
		for key := range want {
			if d := firstDifference(at+"/"+key, want[key], got[key]); d != "" {
				return d
			}
		}
		return ""
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return at
		}
		for i := range want {
			if d := firstDifference(at, want[i], got[i]); d != "" {
				return d
			}
		}
		return ""
	}
	if !reflect.DeepEqual(want, got) {
		return at
	}
	return ""
}

func TestTrainingSummariesAreOfNobody(t *testing.T) {
	for name, s := range trainingSummaries(t) {
		p := s.Patient
		if !p.INS.Empty() {
			if _, err := record.ParseINS(p.INS.Matricule, p.INS.OID); err != nil {
				t.Errorf("%s: the INS: %v", name, err)
			}
			if p.INS.OID != record.OIDINSTest {
				t.Errorf("%s: got the OID %s, want that of test identities", name, p.INS.OID)
			}
			checkTraits(t, name, p)
		}
		for _, c := range s.Contacts {
			if c.Phone != "" && !fictitiousNumbers[nationalPrefix(c.Phone)] {
				t.Errorf("%s: the telephone of %s is not of a range kept for fiction", name, c.Role)
			}
			checkRPPS(t, name, c.RPPS)
		}
		checkRPPS(t, name, s.Author.RPPS)
		if f := s.Author.FINESS; f != "" {
			if err := record.CheckFINESS(f); err != nil || !strings.HasPrefix(f, "99") {
				t.Errorf("%s: a FINESS that is not one of the invented ones: %v", name, err)
			}
		}
	}
}

// checkTraits compares the traits with what the matricule says of them.
func checkTraits(t *testing.T, name string, p record.Patient) {
	t.Helper()
	sex := map[record.Sex]string{record.Male: "1", record.Female: "2"}[p.Sex]
	birth := string(p.BirthDate)
	if err := record.CheckBirthPlace(p.BirthPlace); err != nil || len(birth) != len("2006-01-02") {
		t.Errorf("%s: birth date and birthplace are not whole: %v", name, err)
		return
	}
	if want := sex + birth[2:4] + birth[5:7] + p.BirthPlace; !strings.HasPrefix(p.INS.Matricule, want) {
		t.Errorf("%s: the matricule is not of this sex, month and place of birth", name)
	}
}

// checkRPPS asks for the numbers that the fixtures use, which nobody has.
func checkRPPS(t *testing.T, name, rpps string) {
	t.Helper()
	if rpps == "" {
		return
	}
	if err := record.CheckRPPS(rpps); err != nil || !strings.HasPrefix(rpps, "99970") {
		t.Errorf("%s: an RPPS number that is not one of the invented ones: %v", name, err)
	}
}

// nationalPrefix returns the first six digits of a French number in any of its
// spellings.
func nationalPrefix(phone string) string {
	digits := strings.ReplaceAll(phone, " ", "")
	if rest, ok := strings.CutPrefix(digits, "+33"); ok {
		digits = "0" + rest
	}
	if len(digits) != 10 {
		return ""
	}
	return digits[:6]
}

// A dictionary learns shapes as well as words: each section must be met with
// entries, and the mandatory ones in every state.
func TestTrainingSummariesShowEverySection(t *testing.T) {
	met := map[record.SectionID]map[record.State]int{}
	for _, s := range trainingSummaries(t) {
		for _, info := range record.SectionInfos {
			if met[info.ID] == nil {
				met[info.ID] = map[record.State]int{}
			}
			met[info.ID][s.Section(info.ID).State()]++
		}
	}
	for _, info := range record.SectionInfos {
		if met[info.ID][record.HasEntries] < 3 {
			t.Errorf("%s: got entries in %d summaries, want 3 at least", info.ID, met[info.ID][record.HasEntries])
		}
	}
	if met[record.Allergies][record.NoneKnown] == 0 {
		t.Error("no summary says that no allergy is known")
	}
}

func TestReadStrictlyRefuses(t *testing.T) {
	const empty = `"patient":{},"allergies":{"state":"none_known"},"medications":{"state":"no_information"},"problems":{"state":"no_information"},` +
		`"pregnancy":{"state":"no_information"},"devices":{"state":"no_information"},"procedures":{"state":"no_information"},` +
		`"immunizations":{"state":"no_information"},"vital_signs":{"state":"no_information"},"care_plan":{"state":"no_information"},` +
		`"directives":{"state":"no_information"}`
	tests := map[string]struct {
		data string
		ok   bool
	}{
		"a summary":                       {`{` + empty + `,"results":{"state":"no_information"}}`, true},
		"an unknown field":                {`{` + empty + `,"results":{"state":"no_information"},"mood":"good"}`, false},
		"an unknown field in a section":   {`{` + empty + `,"results":{"state":"entries","entries":[{"what":{"label":"TSH"},"valeur":"1"}]}}`, false},
		"a state that entries contradict": {`{` + empty + `,"results":{"state":"entries"}}`, false},
		"something after it":              {`{` + empty + `,"results":{"state":"no_information"}} {}`, false},
	}
	for name, test := range tests {
		if _, err := readStrictly([]byte(test.data)); (err == nil) != test.ok {
			t.Errorf("%s: got %v, want it read: %t", name, err, test.ok)
		}
	}
}
