package fhir

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zoneblanche/zoneblanche/record"
)

// ipsFiles are the Bundles to import: our patients, the published ones that are
// kept here, and the larger collection where it is at hand.
func ipsFiles(t testing.TB) []string {
	t.Helper()
	var files []string
	for _, folder := range []string{"../testdata/patients", "testdata/ips"} {
		found, err := filepath.Glob(folder + "/*.json")
		if err != nil || len(found) == 0 {
			t.Fatalf("no Bundle in %s: %v", folder, err)
		}
		files = append(files, found...)
	}
	for _, folder := range []string{"../shared/ips", "../../shared/ips"} {
		found, _ := filepath.Glob(folder + "/*.json")
		files = append(files, found...)
	}
	return files
}

func readFile(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestEveryEntryIsAccountedFor is the promise of the import: each entry is
// carried, infrastructure, or listed.
func TestEveryEntryIsAccountedFor(t *testing.T) {
	for _, file := range ipsFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data := readFile(t, file)
			im, err := importIPS(data)
			if err != nil {
				t.Fatal(err)
			}
			var count struct {
				Entry []json.RawMessage `json:"entry"`
			}
			if err := json.Unmarshal(data, &count); err != nil {
				t.Fatal(err)
			}
			if len(im.resources) != len(count.Entry) {
				t.Fatalf("got %d resources, want %d entries", len(im.resources), len(count.Entry))
			}
			checkFates(t, im)
		})
	}
}

// checkFates checks every fate against what the summary and the list say.
func checkFates(t testing.TB, im *ipsImport) {
	t.Helper()
	summary, err := json.Marshal(im.summary)
	if err != nil {
		t.Fatal(err)
	}
	listed, carried := 0, 0
	for i, r := range im.resources {
		title := im.titleOf(r)
		switch r.fate {
		case ipsPending:
			t.Errorf("entry %d, %s: no fate", i, r.Type)
		case ipsListed:
			listed++
			if title != "" && !leftMentions(im.left, title) {
				t.Errorf("entry %d, %s: listed, and its title is not in the list", i, r.Type)
			}
		case ipsCarried:
			if claimed(im, r) || r.Type == "RelatedPerson" {
				continue
			}
			carried++
			if r.Type == "Observation" && ipsIsDelivery(r) {
				continue // its date is the end of the pregnancy that names it
			}
			for _, code := range mainCodes(im, r) {
				quoted, _ := json.Marshal(code)
				if !bytes.Contains(summary, quoted) {
					t.Errorf("entry %d, %s: carried, and its code %s is not in the summary", i, r.Type, quoted)
				}
			}
		case ipsInfrastructure:
			switch r.Type {
			case "Patient", "Composition", "Practitioner", "PractitionerRole", "Organization", "Device", "Medication", "RelatedPerson", "Substance":
			default:
				t.Errorf("entry %d: a %s is no infrastructure", i, r.Type)
			}
		}
	}
	if listed > len(im.left) {
		t.Errorf("got %d lines, want one for each of %d resources listed", len(im.left), listed)
	}
	if entries := im.summary.Entries() - len(im.summary.Contacts); entries > carried {
		t.Errorf("got %d entries from %d resources carried", entries, carried)
	}
}

func leftMentions(left []record.LeftOut, title string) bool {
	for _, l := range left {
		if strings.Contains(l.What, title) {
			return true
		}
	}
	return false
}

func claimed(im *ipsImport, r *ipsResource) bool {
	for _, c := range im.claims {
		if c.resource == r {
			return true
		}
	}
	return false
}

// mainCodes are the codes of what an entry is about.
func mainCodes(im *ipsImport, r *ipsResource) []string {
	about := r
	var ref struct {
		MedicationReference ipsReference `json:"medicationReference"`
	}
	for name, raw := range r.fields {
		if name == "medicationReference" && json.Unmarshal(raw, &ref.MedicationReference) == nil {
			if m := im.resolve(r, ref.MedicationReference); m != nil {
				about = m
			}
		}
	}
	var out []string
	for _, name := range []string{"code", "vaccineCode", "medicationCodeableConcept"} {
		for _, code := range ipsPeek(about, name).Codes {
			out = append(out, code.Value)
		}
	}
	return out
}

// TestPublishedBundles says when the larger collection is not at hand, so that its
// absence shows.
func TestPublishedBundles(t *testing.T) {
	n := len(ipsFiles(t))
	if n < 45 {
		t.Skipf("the collection of 45 published Bundles is not beside the project; %d files were read instead", n)
	}
}

// seedSections gives each type of entry a section that takes it.
var seedSections = map[string]string{
	"AllergyIntolerance": "48765-2", "MedicationStatement": "10160-0", "MedicationRequest": "10160-0", "Condition": "11450-4",
	"Procedure": "47519-4", "Immunization": "11369-6", "Observation": "30954-2", "CarePlan": "18776-5", "Consent": "42348-3",
	"DeviceUseStatement": "46264-8", "DocumentReference": "42348-3", "DiagnosticReport": "30954-2",
}

// FuzzImportBundle starts from one small Bundle for each type of entry, since the
// fuzzer makes little of large ones.
func FuzzImportBundle(f *testing.F) {
	seen := map[string]bool{}
	for _, file := range ipsFiles(f) {
		im, err := importIPS(readFile(f, file))
		if err != nil {
			f.Fatal(err)
		}
		for _, r := range im.resources {
			if section := seedSections[r.Type]; section != "" && !seen[r.Type] {
				seen[r.Type] = true
				entry, err := json.Marshal(r.fields)
				if err != nil {
					f.Fatal(err)
				}
				f.Add([]byte(ipsBundle(ipsSection(section, "", 1), string(entry))))
			}
		}
	}
	for _, s := range []string{
		`{}`, `[]`, `null`, `{"resourceType":"Bundle"}`, `{"resourceType":"Bundle","entry":{"resource":{"resourceType":"Patient"}}}`,
		`{"resourceType":"Bundle","entry":[null,1,{"resource":[]},{"resource":{"resourceType":"Patient","contact":[{"name":"x"}]}}]}`,
		`{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:","resource":{"resourceType":"Patient","id":"/"}},{"resource":{"resourceType":"Observation","hasMember":{"reference":"Observation/"},"id":""}}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkImport(t, data) })
}

// checkImport checks what holds for any input whatever.
func checkImport(t interface {
	Fatalf(string, ...any)
	Errorf(string, ...any)
}, data []byte) {
	im, err := importIPS(data)
	if err != nil {
		if record.CodeOf(err) != record.CodeInvalid {
			t.Fatalf("got code %q, want invalid", record.CodeOf(err))
		}
		return
	}
	for i, r := range im.resources {
		if r.fate == ipsPending {
			t.Errorf("entry %d, %s: no fate", i, r.Type)
		}
	}
	// What was imported is a summary in our own JSON, with nothing to remove.
	own, err := json.Marshal(im.summary)
	if err != nil {
		t.Fatalf("write our own JSON: %v", err)
	}
	again, left, err := ImportSummary(bytes.NewReader(own))
	if err != nil {
		if record.ReasonOf(err) != "no_patient" {
			t.Fatalf("our own JSON: %v", err)
		}
		return
	}
	if len(left) != 0 {
		t.Errorf("our own JSON leaves out %q", left)
	}
	if twice, _ := json.Marshal(again); !bytes.Equal(own, twice) {
		t.Errorf("our own JSON does not come back the same")
	}
}

// TestImportSurvivesDamage imports Bundles in which a few values were replaced,
// repeated, moved or removed: JSON as it should be, FHIR as it should not.
func TestImportSurvivesDamage(t *testing.T) {
	var trees []any
	for _, folder := range []string{"../testdata/patients", "testdata/ips"} {
		files, _ := filepath.Glob(folder + "/*.json")
		for _, file := range files {
			var tree any
			if err := json.Unmarshal(readFile(t, file), &tree); err != nil {
				t.Fatal(err)
			}
			trees = append(trees, tree)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		tree := rapid.SampledFrom(trees).Draw(t, "bundle")
		chance := rapid.IntRange(20, 2000).Draw(t, "one in")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		data, err := json.Marshal(damage(tree, tree, chance, random))
		if err != nil {
			t.Fatalf("write: %v", err)
		}
		checkImport(t, data)
	})
}

// damage returns a copy of v with one value in so many changed.
func damage(v, root any, chance int, random *rand.Rand) any {
	if random.IntN(chance) == 0 {
		switch random.IntN(9) {
		case 0:
			return nil
		case 1:
			return "x"
		case 2:
			return 7
		case 3:
			return true
		case 4:
			return []any{}
		case 5:
			return map[string]any{}
		case 6:
			return []any{v, v}
		case 7:
			return map[string]any{"coding": []any{map[string]any{"code": "entered-in-error"}}}
		default:
			return someValue(root, random)
		}
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if random.IntN(chance) != 0 {
				out[name] = damage(v[name], root, chance, random)
			}
		}
		return out
	case []any:
		var out []any
		for _, item := range v {
			out = append(out, damage(item, root, chance, random))
		}
		return out
	}
	return v
}

// someValue walks down from v at random.
func someValue(v any, random *rand.Rand) any {
	for random.IntN(6) != 0 {
		switch w := v.(type) {
		case map[string]any:
			if len(w) == 0 {
				return v
			}
			v = w[slices.Sorted(maps.Keys(w))[random.IntN(len(w))]]
		case []any:
			if len(w) == 0 {
				return v
			}
			v = w[random.IntN(len(w))]
		default:
			return v
		}
	}
	return v
}
