package qr

import (
	"encoding/binary"
	"strings"
)

// This file makes vectors of what section 4 of the format refuses in a body, and of
// what a full message alone may say or must not.

// nested is a result whose components hold one another, n levels of them, with inner in
// the innermost.
func nested(n int, inner string) string {
	const one = "\xa2\x00\x61a\x07\x81"
	return "\xa1\x0c\x81" + strings.Repeat(one, n) + inner
}

func (m *vectorMaker) moreBodies() {
	patient := func(s string) string { return "\xa1\x01" + s }
	allergy := func(s string) string { return "\xa1\x05\x81" + s }
	result := func(s string) string { return "\xa1\x0c\x81" + s }
	packed, ok := matricule.pack(ins("2580775321451"))
	if !ok {
		m.t.Fatal("a matricule that does not pack")
	}
	number := string(binary.BigEndian.AppendUint64(nil, uint64(packed))[2:])
	ins := "\x01\x82\x46" + number + "\x02"
	for _, b := range [][3]string{
		// What a reader takes.
		{"deepest", "sixteen levels", "\xa1\x18\x40" + strings.Repeat("\x81", 15) + "\x01"},
		{"deepest-components", "sixteen levels of what is known", nested(6, "\xa2\x00\x61a\x03\x82\x01\x01")},
		{"components-too-deep", "seventeen levels of what is known", nested(7, "\xa2\x00\x61a\x08\x61b")},
		{"section-count-and-unknown", "an array of nothing but a count, beside a key of a later version", "\xa2\x05\x81\x01\x18\x40\x01"},
		{"detail-unknown-alone", "an entry that says nothing known", allergy("\xa1\x18\x40\x01")},
		{"concept-empty-in-list", "an empty concept in a list: an empty array", allergy("\xa2\x00\x61a\x07\x81\x82\x80\x61r")},
		{"concept-empty-in-list-text", "an empty concept as an empty text", allergy("\xa2\x00\x61a\x07\x81\x82\x60\x61r")},
		{"unknown-false", "false in what is passed over", "\xa1\x18\x40\xf4"},
		{"unknown-in-patient", "a key of a later version in a struct", patient("\xa2\x03\x61A\x0b\x61x")},
		{"unknown-in-entry", "a key of a later version in an entry", allergy("\xa2\x00\x61a\x18\x40\x82\x01\x20")},
		{"unknown-in-place-of-bare", "an entry with nothing but a key of a later version beside its first", allergy("\xa2\x00\x61a\x17\xf5")},
		{"unknown-bytes", "a byte string in what is passed over", "\xa1\x18\x40\x41\x00"},
		{"unknown-map", "a map with keys of both signs in what is passed over", "\xa1\x18\x40\xa3\x00\x01\x18\x20\x02\x20\x03"},
		{"birthplace-apart", "a birthplace that is not that of the matricule", patient("\xa2" + ins + "\x09\x00")},
		{"instant-z", "an instant with Z", "\xa1\x02\x82\x19\xb7\x9b\x18\x1e"},
		{"instant-zero", "the same instant with +00:00", "\xa1\x02\x83\x19\xb7\x9b\x18\x1e\x00"},
		{"entries-of-nothing", "an entry that says nothing", allergy("\xa0")},
		// What a reader refuses.
		{"one-too-deep", "seventeen levels", "\xa1\x18\x40" + strings.Repeat("\x81", 16) + "\x01"},
		{"unknown-tag", "a tag in what is passed over", "\xa1\x18\x40\xc0\x01"},
		{"unknown-float", "a float in what is passed over", "\xa1\x18\x40\xf9\x3c\x00"},
		{"unknown-null", "null in what is passed over", "\xa1\x18\x40\xf6"},
		{"unknown-undefined", "undefined in what is passed over", "\xa1\x18\x40\xf7"},
		{"unknown-simple", "a simple value of two bytes in what is passed over", "\xa1\x18\x40\xf8\x20"},
		{"unknown-indefinite", "an indefinite text in what is passed over", "\xa1\x18\x40\x7f\x61a\xff"},
		{"unknown-long", "an integer that is not the shortest in what is passed over", "\xa1\x18\x40\x18\x01"},
		{"unknown-text-key", "a map with a key that is text in what is passed over", "\xa1\x18\x40\xa1\x61a\x01"},
		{"unknown-order", "a map out of order in what is passed over", "\xa1\x18\x40\xa2\x20\x01\x00\x01"},
		{"unknown-64-bits", "an integer of 64 bits in what is passed over", "\xa1\x18\x40\x1b\x80\x00\x00\x00\x00\x00\x00\x00"},
		{"unknown-utf-8", "text that is not UTF-8 in what is passed over", "\xa1\x18\x40\x63\xed\xa0\x80"},
		{"critical-in-patient", "an unknown negative key in a struct", patient("\xa2\x03\x61A\x20\x01")},
		{"critical-in-entry", "an unknown negative key in an entry", allergy("\xa2\x00\x61a\x20\x01")},
		{"text-key", "a key that is text", "\xa1\x61a\x01"},
		{"indefinite-text", "a text of indefinite length", patient("\xa1\x03\x7f\x61A\xff")},
		{"indefinite-array", "an array of indefinite length", "\xa1\x05\x9f\x61a\xff"},
		{"length-beyond", "a length beyond the end", "\xa1\x05\x9a\xff\xff\xff\xff"},
		{"long-text-length", "the length of a text in a longer spelling", patient("\xa1\x03\x78\x01A")},
		{"bytes-as-text", "a byte string where text belongs", patient("\xa1\x03\x41A")},
		{"reserved-head", "a reserved additional information", "\xa1\x04\x1c"},
		{"surrogate", "half a surrogate pair as text", patient("\xa1\x03\x63\xed\xa0\x80")},
		{"overlong", "an overlong form of a character", patient("\xa1\x03\x62\xc1\x81")},
		{"rank-negative", "a negative rank", "\xa1\x04\x20"},
		{"rank-of-statuses", "a rank after the last of a table", allergy("\xa2\x00\x61a\x04\x18\x1e")},
		{"sex-of-the-matricule", "a sex that the matricule says", patient("\xa2" + ins + "\x08\x02")},
		{"birthplace-of-the-matricule", "a birthplace that the matricule says", patient("\xa2" + ins + "\x09\x1a\x00\x01\x26\x39")},
		{"patient-of-nothing", "an empty struct instead of nothing", patient("\xa0")},
		{"authority-default", "the authority that is left out", patient("\xa1\x01\x82\x46" + number + "\x00")},
		{"matricule-as-text", "a matricule as text that packs", patient("\xa1\x01\x6f258077532145102")},
		{"matricule-too-high", "a matricule of more than thirteen digits", patient("\xa1\x01\x46\xff\xff\xff\xff\xff\xff")},
		{"matricule-corsica", "a matricule of department 2A whose digits are another's", patient("\xa1\x01\x46" + number[:5] + string([]byte{number[5] + 1}))},
		{"frequency-default", "a period of one day that is written out", "\xa1\x06\x81\xa2\x00\x61a\x02\x81\xa2\x02\x01\x03\x01"},
		{"number-beyond-32-bits", "a number beyond 32 bits", "\xa1\x13\x1a\x80\x00\x00\x00"},
		{"number-negative", "a count below 0", "\xa2\x05\x81\x61a\x13\x20"},
		{"contacts-negative", "fewer than no contacts elsewhere", "\xa1\x11\x22"},
		{"frequency-negative", "fewer than no times a day", "\xa1\x06\x81\xa2\x00\x61a\x02\x81\xa1\x02\x20"},
		{"matricule-not-ascii", "a sex that the first of fifteen bytes says, which are not all ASCII", patient("\xa2\x01\x6f1é0775321451" + "02\x08\x01")},
		{"number-zero", "a number that is 0", "\xa1\x13\x00"},
		{"decimal-as-text", "a decimal as text that packs", result("\xa1\x03\x637.2")},
		{"telephone-as-text", "a telephone as text that packs", "\xa1\x10\x81\xa1\x04\x6a0199001234"},
		{"telephone-too-high", "a telephone of too many digits", "\xa1\x10\x81\xa1\x04\x1a\xff\xff\xff\xff"},
		{"atc-as-text", "an ATC code as text that packs", "\xa1\x06\x81\x82\x01\x67N02BE01"},
		{"atc-too-high", "a number that is no ATC code", "\xa1\x06\x81\x82\x01\x1b\x00\x00\x00\x01\x00\x00\x00\x00"},
		{"icd-too-high", "a number that is no ICD-10 code", "\xa1\x07\x81\x82\x02\x19\x0a\x28"},
		{"loinc-as-text", "a LOINC code as text that packs", result("\x82\x03\x664548-4")},
		{"loinc-negative", "a negative LOINC code", result("\x82\x03\x20")},
		{"system-named", "the name of a system that has a rank", "\xa1\x07\x81\x83\x00\x70http://loinc.org\x61x"},
		{"system-too-high", "a rank that systems do not have", "\xa1\x07\x81\x82\x18\x1a\x61x"},
		{"concept-of-a-label", "a label alone in an array", "\xa1\x07\x81\x81\x61a"},
		{"concept-empty-label", "an empty label before a code", "\xa1\x07\x81\x83\x60\x04\x01"},
		{"code-empty-label", "an empty label of a code", "\xa1\x07\x81\x83\x24\x01\x60"},
		{"code-without-label", "a code said to have a label, and none", "\xa1\x07\x81\x82\x24\x01"},
		{"system-without-code", "the name of a system and no code", "\xa1\x07\x81\x82\x00\x61x"},
		{"tuple-too-long", "a tuple with a field too many", result("\xa1\x03\x85\x05\x01\x01\x01\x01")},
		{"tuple-empty", "an empty tuple", result("\xa1\x03\x80")},
		{"month-as-text", "a month as text that packs", "\xa1\x02\x672026-11"},
		{"instant-as-text", "an instant as text that packs", "\xa1\x02\x742026-11-18T09:12:00Z"},
		{"instant-seconds", "no seconds, spelled as seconds", "\xa1\x02\x82\x19\xb7\x9b\x20"},
		{"instant-too-late", "a minute after the last of the day", "\xa1\x02\x82\x19\xb7\x9b\x19\x05\xa0"},
		{"instant-of-one", "an instant of a day alone", "\xa1\x02\x81\x19\xb7\x9b"},
		{"instant-of-a-month", "an instant of a month", "\xa1\x02\x82\x39\x06\x4f\x18\x1e"},
		{"day-of-february", "30 February", "\xa1\x02\x19\xb7\x54"},
		{"date-empty-text", "an empty date that is written out", "\xa1\x02\x60"},
		{"section-negative", "fewer than no entries elsewhere", "\xa1\x05\x20"},
		{"section-none-and-entries", "none known, and entries", "\xa1\x05\x82\xf5\x61a"},
		{"section-as-map", "a section as a map without details", "\xa1\x05\xa1\x01\x81\x61a"},
		{"section-as-text", "a section that is text", "\xa1\x05\x61a"},
		{"section-two-counts", "two counts", "\xa1\x05\x83\x01\x01\x61a"},
		{"abridged-without-full", "entries without all of their details: k is 0", "\xa1\x13\x01"},
		{"contacts-without-full", "contacts that are nowhere: k is 0", "\xa1\x11\x01"},
	} {
		m.body(b[0], b[1], b[2])
	}
	h := head{kind: kindEmergency, dictionary: noDictionary, issued: testNow, card: [8]byte([]byte("card-bad"))}
	largest := "\xa1\x18\x40\x59\x0f\xfa" + strings.Repeat("a", 4090)
	m.add("body-largest", "an emergency body of 4096 bytes", []string{signedText(m.t, m.key, h, codeOf(largest))})
	m.add("code-zeros", "a code with zeros after its end", []string{signedText(m.t, m.key, h, append(codeOf("\xa1\x04\x01"), 0, 0))})
}

// fullBodies: an emergency message that says what it must, and full messages.
func (m *vectorMaker) fullBodies() {
	full := func(name, about, emergency, body string) {
		h := head{kind: kindEmergency, dictionary: noDictionary, issued: testNow, card: [8]byte([]byte("card-bad")), parts: 1}
		e := signedText(m.t, m.key, h, codeOf(emergency))
		f := signedText(m.t, m.key, head{kind: kindFull, dictionary: noDictionary, binding: bind(raw(m.t, e))}, afterBody(m.t, e, body))
		m.add("full-"+name, about, []string{e, f})
	}
	core := "\xa2\x05\x81\x61a\x13\x01" // an allergy by name; its details are elsewhere
	details := func(s string) string { return "\xa1\x05" + s }
	full("good", "details of one allergy: what the next ones spoil", core, details("\xa1\x02\x81\xa1\x08\x61n"))
	full("detail-bare", "details that are a bare field: the substance is said twice", core, details("\xa1\x02\x81\x61b"))
	full("details-empty", "details without anything", core, details("\xa1\x02\x80"))
	full("details-of-nothing", "details that say nothing", core, details("\xa1\x02\x81\xa0"))
	full("details-end-with-nothing", "details that end with nothing", core, details("\xa1\x02\x82\xa1\x08\x61n\xa0"))
	full("details-section-empty", "a section that is an empty map", core, details("\xa0"))
	full("details-count-zero", "a count of 0 beside details", core, details("\xa2\x00\x00\x02\x81\xa1\x08\x61n"))
	full("details-count-negative", "a negative count beside details", core, details("\xa2\x00\x20\x02\x81\xa1\x08\x61n"))
	full("details-default", "an empty status, which details leave out", core, details("\xa1\x02\x81\xa2\x04\x00\x08\x61n"))
	full("details-order", "details before the count", core, details("\xa2\x02\x81\xa1\x08\x61n\x00\x01"))
	full("details-critical", "an unknown negative key beside details", core, details("\xa2\x02\x81\xa1\x08\x61n\x20\x01"))
	full("details-unknown", "a key of a later version beside details", core, details("\xa2\x02\x81\xa1\x08\x61n\x03\x01"))
	full("details-unknown-inside", "a key of a later version in details", core, details("\xa1\x02\x81\xa2\x08\x61n\x18\x40\x01"))
	full("details-too-many", "details of more entries than there are", core, details("\xa1\x02\x82\xa1\x08\x61n\xa1\x08\x61m"))
	full("details-uncounted", "details that the emergency message does not count", "\xa1\x05\x81\x61a", details("\xa1\x02\x81\xa1\x08\x61n"))
	full("details-status", "a status that the emergency message has left at its default", core, details("\xa1\x02\x81\xa1\x04\x04"))
	full("details-left-out", "details that did not fit are counted, and warned of", core, "\xa1\x13\x01")
	full("details-lost", "details that are nowhere", core, "\xa1\x03\xa1\x02\x61a")
	full("details-reaction", "details complete an item of a list, and add one", "\xa2\x05\x81\xa2\x00\x61a\x07\x81\x81\x61r\x13\x01", details("\xa1\x02\x81\xa1\x07\x82\xa1\x01\x03\x81\x61s"))
	full("details-reaction-nothing", "a list of details, no longer than the core's, that ends with nothing", "\xa2\x05\x81\xa2\x00\x61a\x07\x82\x81\x61r\x81\x61s\x13\x01", details("\xa1\x02\x81\xa1\x07\x82\xa1\x01\x03\xa0"))
	full("entries", "entries after those of the emergency message", "\xa1\x05\x82\x02\x61a", "\xa1\x05\x82\x61b\x61c")
	full("entries-fewer", "fewer entries than are counted", "\xa1\x05\x82\x02\x61a", "\xa1\x05\x81\x61b")
	full("entries-more", "more entries than are counted", "\xa1\x05\x82\x01\x61a", "\xa1\x05\x82\x61b\x61c")
	full("entries-left-out", "entries that did not fit are counted again", "\xa1\x05\x82\x02\x61a", "\xa1\x05\x82\x01\x61b")
	full("entries-counted-alone", "entries that are all left out", "\xa1\x05\x82\x02\x61a", "\xa1\x05\x02")
	full("contacts", "contacts after those of the emergency message", "\xa2\x10\x81\xa1\x02\x61a\x11\x01", "\xa1\x10\x81\xa1\x02\x61b")
	full("contacts-left-out", "contacts that did not fit are counted again", "\xa2\x10\x81\xa1\x02\x61a\x11\x02", "\xa2\x10\x81\xa1\x02\x61b\x11\x01")
	full("identifiers", "identifiers after those of the emergency message", "\xa1\x01\xa1\x0a\x81\x82\x01\x01", "\xa1\x01\xa1\x0a\x81\x82\x02\x02")
	full("original-twice", "a name in its own script in both messages", "\xa1\x01\xa1\x06\x61a", "\xa1\x01\xa1\x06\x61b")
	full("consents-twice", "consents in both messages", "\xa1\x12\x81\xa1\x04\x61a", "\xa1\x12\x81\xa1\x04\x61b")
	full("author-twice", "an author in both messages", "\xa1\x03\xa1\x02\x61a", "\xa1\x03\xa1\x02\x61b")
	full("birth-name", "a name of its own in a full message", core, "\xa2\x01\xa1\x03\x61B"+details("\xa1\x02\x81\xa1\x08\x61n")[1:])
	full("qualified", "an identity that only the full message calls qualified", "\xa1\x01\xa1\x03\x61A", "\xa1\x01\xa1\x02\xf5")
	full("updated", "a date of its own in a full message", "\xa1\x02\x19\xb7\x9b", "\xa2\x02\x19\xb7\x9c\x03\xa1\x02\x61a")
	full("language", "a language of its own in a full message", "\xa0", "\xa1\x04\x01")
	full("empty", "a full message that says nothing", "\xa1\x04\x01", "\xa0")
	full("many-items", "8192 items", "\xa0", "\xa1\x18\x40\x99\x1f\xfd"+strings.Repeat("\x00", 8189))
	full("too-many-items", "8193 items", "\xa0", "\xa1\x18\x40\x99\x1f\xfe"+strings.Repeat("\x00", 8190))
	full("largest", "a full body of 16384 bytes", "\xa0", "\xa1\x18\x40\x59\x3f\xfa"+strings.Repeat("a", 16378))
	full("too-large", "a full body of 16385 bytes", "\xa0", "\xa1\x18\x40\x59\x3f\xfb"+strings.Repeat("a", 16379))
	full("two-items", "a second item after the body", "\xa0", "\xa0\xa0")

	// The emergency message's body teaches the coder before the full one.
	h := head{kind: kindEmergency, dictionary: noDictionary, issued: testNow, card: [8]byte([]byte("card-bad")), parts: 1}
	e := signedText(m.t, m.key, h, codeOf("\xa1\x05\x82\x01\x6aP\xc3\xa9nicilli"))
	alone := codeOf("\xa1\x05\x81\x6aP\xc3\xa9nicilli")
	m.add("full-code-of-another", "a full body coded as if nothing came before", []string{e,
		signedText(m.t, m.key, head{kind: kindFull, dictionary: noDictionary, binding: bind(raw(m.t, e))}, alone)})
}
