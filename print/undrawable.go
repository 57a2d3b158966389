package print

import (
	"fmt"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Undrawable names, in French, what of a summary holds characters that the fonts
// lack, so that a mark stands in their place on paper. The codes carry them whole;
// whoever prints must know, above all of an allergy. A name in its own script is not
// among them: the sheet itself says where it is to be read.
func Undrawable(s *record.Summary) ([]string, error) {
	faces, err := loadFaces()
	if err != nil {
		return nil, &record.Error{Code: record.CodeInternal, Op: "check letters", Err: err}
	}
	var out []string
	note := func(where, words string) {
		if _, lost := clean(words, faces.has); lost > 0 {
			out = append(out, where)
		}
	}
	p := s.Patient
	note(undrawableName, strings.Join(append([]string{p.BirthName, p.UsedName}, p.GivenNames...), " "))
	for _, info := range record.SectionInfos {
		section := s.Section(info.ID)
		for i := range section.Len() {
			note(undrawableEntry(info.Title, i+1, section.TitleOf(i)), EntryTextAt(s, info.ID, i, time.Time{}))
		}
	}
	for i, c := range s.Contacts {
		note(undrawableEntry(undrawableContacts, i+1, c.Name), ContactText(c))
	}
	return out, nil
}

const (
	undrawableName     = "Nom du patient"
	undrawableContacts = "Contacts"
)

// undrawableEntry names an entry by its rank and title.
func undrawableEntry(section string, rank int, title string) string {
	s := fmt.Sprintf("%s, élément %d", section, rank)
	if title = strings.TrimSpace(title); title != "" {
		s += " (" + title + ")"
	}
	return s
}
