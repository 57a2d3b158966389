package corpus

import (
	"slices"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestFamilyOf(t *testing.T) {
	for name, want := range map[string]string{
		"DK_Jens_Villadsen_01.json":                        "Gravitate",
		"CA_verosource_ips_uwashington_patient_14599.json": "Gravitate",
		"CA_VeroSource_buddy_bear.json":                    "New Brunswick",
		"IPS_IG_bundle-no-info-required-sections.json":     "New Zealand",
		"IPS_IG-bundle-01.json":                            "IPS guide",
		"a-file-of-nobody.json":                            "a-file-of-nobody",
		"hl7_connectathon_may_2025_epic_example2.json":     "Epic",
		"Bundle-aups-referral-endoconsult-autogen.json":    "Australia",
	} {
		if got := FamilyOf(name); got != want {
			t.Errorf("%s: got family %s, want %s", name, got, want)
		}
	}
}

func TestLoadWithoutThePublicBundles(t *testing.T) {
	files, public, err := Load("no such folder")
	if err != nil || public || len(files) < 7 {
		t.Fatalf("got %d files, public %v, error %v; want our own patients", len(files), public, err)
	}
	for _, f := range files {
		if f.Entries == 0 {
			t.Errorf("%s: no entries", f.Name)
		}
		for _, other := range Without(files, f.Family) {
			if other == f.Summary {
				t.Errorf("%s: what is measured is trained on", f.Name)
			}
		}
	}
	if got := len(Families(files)); got != len(files) {
		t.Errorf("got %d families, want one a file", got)
	}
}

func TestOverlaps(t *testing.T) {
	say := func(words string) *record.Summary {
		return &record.Summary{Problems: record.Section[record.Problem]{Entries: []record.Problem{{Note: words}}}}
	}
	text := "Fracture de la malléole externe droite, ostéosynthèse par plaque"
	files := []File{
		{Name: "one", Family: "a", Summary: say(text)},
		{Name: "same family", Family: "a", Summary: say(text)},
		{Name: "copy", Family: "b", Summary: say("Note : " + text + ", à revoir")},
		{Name: "other", Family: "c", Summary: say("Asthme allergique dans l'enfance, aucune crise depuis dix ans")},
	}
	got := Overlaps(files, 0.3)
	if len(got) != 2 || !slices.ContainsFunc(got, func(o Overlap) bool { return o.A == "one" && o.B == "copy" && o.Share > 0.9 }) {
		t.Errorf("got %v, want both originals with the copy", got)
	}
	// What more than four families say is a common word.
	for _, f := range strings.Fields("d e f") {
		files = append(files, File{Name: f, Family: f, Summary: say(text)})
	}
	if got := Overlaps(files, 0.3); len(got) != 0 {
		t.Errorf("got %v, want nothing: the text is common to six families", got)
	}
}
