package foreign

import (
	"regexp"
	"slices"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// The INS datamatrix (ANS, "INS : format datamatrix", 2.2) borrows the header of a
// 2D-DOC, version 4, with zeros for everything that a signature would need.
const (
	prefixINS  = "IS01"
	headerINS  = 26
	maxNameINS = 100
)

func looksLikeINS(text string) bool {
	return len(text) > headerINS && text[:2] == "IS" && strings.Trim(text[2:4], "0123456789") == ""
}

// insFields are the fields by identifier.
var insFields = map[string]*regexp.Regexp{
	"S1": regexp.MustCompile(`^[0-9AB]{15}$`),
	"S2": regexp.MustCompile(`^[0-9.]{19,20}$`),
	"S3": regexp.MustCompile(`^[^0-9]{1,100}$`),
	"S4": regexp.MustCompile(`^[^0-9]{1,100}$`),
	"S5": regexp.MustCompile(`^[MFI]$`),
	"S6": regexp.MustCompile(`^\d\d-\d\d-\d{4}$`),
	"S7": regexp.MustCompile(`^[0-9AB]{5}$`),
}

// insMarker finds the next field of a text whose separators a scanner has lost.
// Names have no digits, so that nothing in them looks like one.
var insMarker = regexp.MustCompile(`S[1-7]`)

// parseINS reads the fields in whatever order they come. Those of fixed length end
// by themselves; the others end at a separator, at the next field's identifier or
// with the text.
func parseINS(text string) map[string]string {
	fields := map[string]string{}
	rest := text[headerINS:]
	for len(rest) >= 2 && len(fields) <= len(insFields) {
		if rest[0] == groupSeparator {
			rest = rest[1:]
			continue
		}
		id := rest[:2]
		if insFields[id] == nil {
			break
		}
		rest = rest[2:]
		n := fixedINS[id]
		switch {
		case id == "S2":
			n = len(rest) - len(strings.TrimLeft(rest, "0123456789."))
		case n == 0:
			n = len(rest)
			if end := strings.IndexByte(rest, groupSeparator); end >= 0 {
				n = end
			}
			if marker := insMarker.FindStringIndex(rest); marker != nil {
				n = min(n, marker[0])
			}
		}
		n = min(n, len(rest))
		if _, twice := fields[id]; twice {
			break
		}
		fields[id], rest = rest[:n], rest[n:]
	}
	return fields
}

// fixedINS is the length of the fields that have one.
var fixedINS = map[string]int{"S1": 15, "S5": 1, "S6": 10, "S7": 5}

// readINS reads an identity that nobody signed: it is to be compared with a
// person's papers, never believed.
func (r Reader) readINS(text string) Reading {
	t := bare(text)
	switch {
	case len(text) > maxText:
		return unreadable(KindINS, titleINS, whyTooLong, text)
	case !strings.HasPrefix(t, prefixINS):
		return unreadable(KindINS, titleINS, whyNewerINS, text)
	}
	fields := parseINS(t)
	if fields["S1"] == "" || fields["S4"] == "" && fields["S3"] == "" {
		return unreadable(KindINS, titleINS, whyDamaged, text)
	}
	out := Reading{Kind: KindINS, Title: titleINS, Texts: []string{text}}
	out.judge(record.Unsigned, "")
	p := &out.Patient
	ins, err := record.ParseINS(fields["S1"], fields["S2"])
	p.INS = ins // empty when the key does not fit: a wrong number must not become somebody's
	if err != nil {
		out.warn(WarnINSKey, warnINSKey)
	}
	p.BirthName = strings.TrimSpace(fields["S4"])
	p.GivenNames = strings.Fields(fields["S3"])
	p.Sex = sexOf(fields["S5"])
	p.BirthPlace = fields["S7"]
	if d := fields["S6"]; len(d) == 10 {
		if date, err := record.ParseDate(d[6:] + "-" + d[3:5] + "-" + d[:2]); err == nil {
			p.BirthDate = date
		}
	}
	var wrong []string
	for _, id := range []string{"S1", "S2", "S3", "S4", "S5", "S6", "S7"} {
		value, given := fields[id]
		if !given && id == "S7" {
			continue // the one optional trait
		}
		if !insFields[id].MatchString(value) || id == "S6" && !p.BirthDate.Known() {
			wrong = append(wrong, labelsINS[id])
		}
	}
	if wrong != nil {
		out.warn(WarnINSField, warnINSField(wrong))
	}
	if strings.Trim(t[4:headerINS], "0") != "" {
		out.warn(WarnForm, warnForm)
	}
	for _, id := range []string{"S4", "S3", "S6", "S5", "S7", "S1", "S2"} {
		value := fields[id]
		switch {
		case id == "S1" && !ins.Empty():
			value = ins.Grouped()
		case id == "S5" && p.Sex != "":
			value = p.Sex.French()
		case id == "S6" && p.BirthDate.Known():
			value = p.BirthDate.French()
		case id == "S2" && slices.Contains([]string{record.OIDINSTest, record.OIDINSDemo}, value):
			value += " " + wordTestINS
		}
		out.fact(labelsINS[id], value)
	}
	return out
}
