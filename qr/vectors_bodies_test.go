package qr

import (
	"slices"
	"strings"
)

// This file makes the vectors of bodies: what a reader takes, and everything that it
// must refuse in them.

// body is an emergency message with any body, compressed without a dictionary.
func (m *vectorMaker) body(name, about, body string) {
	h := head{kind: kindEmergency, dictionary: noDictionary, issued: testNow, card: [8]byte([]byte("card-bad"))}
	m.add("body-"+name, about, []string{signedText(m.t, m.key, h, codeOf(body))})
	m.bodyCases = append(m.bodyCases, lowCase{About: name + ": " + about, Body: hexBytes(body)})
}

func (m *vectorMaker) bodies() {
	for _, b := range [][3]string{
		{"empty", "a summary that says nothing", "\xa0"},
		{"unknown-key", "a key of a later version is passed over, with a warning", "\xa2\x04\x01\x18\x40\x61x"},
		{"unknown-key-skipped-strictly", "what is passed over is still strict", "\xa2\x04\x01\x18\x40\xa2\x01\x00\x01\x00"},
		{"critical-key", "an unknown negative key refuses the card", "\xa2\x04\x01\x20\x01"},
		{"duplicate-key", "a key twice", "\xa2\x04\x01\x04\x01"},
		{"key-order", "keys out of order", "\xa2\x04\x01\x02\x1a\x00\x00\xb7\x0b"},
		{"not-a-map", "a body that is an array", "\x81\x04"},
		{"long-integer", "an integer that is not the shortest", "\xa1\x04\x18\x01"},
		{"long-key", "a key that is not the shortest", "\xa1\x18\x04\x01"},
		{"tag", "a tag", "\xa1\x04\xc0\x01"},
		{"float", "a float", "\xa1\x04\xf9\x3c\x00"},
		{"null", "null", "\xa1\x04\xf6"},
		{"false", "false where a field is true or absent", "\xa1\x01\xa1\x02\xf4"},
		{"indefinite-map", "a map of indefinite length", "\xbf\x04\x01\xff"},
		{"utf-8", "text that is not UTF-8", "\xa1\x04\x62\xc3\x28"},
		{"rank-as-text", "text that has a rank", "\xa1\x04\x65fr-FR"},
		{"rank-too-high", "a rank that the table does not have", "\xa1\x04\x18\x20"},
		{"default-spelled", "a default that is written out", "\xa1\x06\x81\xa2\x00\x61a\x01\x01"},
		{"default-empty", "an empty status instead of the default", "\xa1\x06\x81\xa2\x00\x61a\x01\x00"},
		{"bare-as-map", "a bare struct as a map of its one field", "\xa1\x06\x81\xa1\x00\x61a"},
		{"packable-as-text", "a date as text that packs", "\xa1\x02\x6a2026-11-18"},
		{"date-not-one", "text that is no date", "\xa1\x02\x63abc"},
		{"date-out-of-range", "the 31st of a month of 30 days", "\xa1\x02\x19\xb8\x6c"},
		{"empty-section", "a section that is an empty array", "\xa1\x05\x80"},
		{"section-false", "a section that is false", "\xa1\x05\xf4"},
		{"section-zero", "a section of no entry elsewhere", "\xa1\x05\x00"},
		{"section-counted", "three allergies, none of them here", "\xa1\x05\x03"},
		{"section-count-alone", "an array of nothing but a count", "\xa1\x05\x81\x03"},
		{"details-in-emergency", "details in an emergency message", "\xa1\x05\xa2\x01\x81\x61a\x02\x81\xa1\x08\x61n"},
		{"empty-list", "an empty list instead of nothing", "\xa1\x10\x80"},
		{"empty-text", "an empty text instead of nothing", "\xa1\x01\xa1\x03\x60"},
		{"concept-empty", "a concept that says nothing", "\xa1\x06\x81\x80"},
		{"code-without-value", "a code without a value", "\xa1\x06\x81\x82\x61a\x01"},
		{"tuple-of-one", "a tuple of one in an array", "\xa1\x0c\x81\xa2\x00\x61a\x03\x81\x05"},
		{"tuple-trailing", "an empty field at the end of a tuple", "\xa1\x0c\x81\xa2\x00\x61a\x03\x82\x05\x00"},
		{"matricule", "an INS matricule of five bytes", "\xa1\x01\xa1\x01\x45\x01\x02\x03\x04\x05"},
		{"omitted-without-full", "entries that are nowhere: k is 0", "\xa1\x05\x82\x01\x61a"},
		{"too-deep", "more than sixteen levels", "\xa1\x18\x40" + strings.Repeat("\x81", 17) + "\x01"},
	} {
		m.body(b[0], b[1], b[2])
	}
	h := head{kind: kindEmergency, dictionary: noDictionary, issued: testNow, card: [8]byte([]byte("card-bad"))}
	good := codeOf("\xa1\x04\x01")
	m.add("code-byte-more", "a byte after the code of a body", []string{signedText(m.t, m.key, h, append(slices.Clone(good), 0))})
	m.add("code-byte-less", "a code that is cut", []string{signedText(m.t, m.key, h, good[:len(good)-1])})
	m.add("code-two-items", "a second item after the body", []string{signedText(m.t, m.key, h, codeOf("\xa1\x04\x01\x01"))})
	m.add("bomb", "a body longer than a reader allows", []string{signedText(m.t, m.key, h, bomb(maxEmergencyBody+1))})
}
