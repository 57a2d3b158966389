package foreign

import (
	"encoding/json"
	"errors"
	"sort"
	"strconv"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file turns what QR codes and files hold of a SMART Health Card into its
// JWS ("Encoding Chunks as QR Codes").

const (
	prefixSHC = "shc:/"
	// maxSingle is the longest JWS that the standard puts in one QR code (version
	// 22), and maxChunk the longest piece of a longer one.
	maxSingle = 1195
	maxChunk  = 1191
	// maxChunks bounds how many codes one card may be said to have.
	maxChunks = 50
)

var (
	errDigits  = errors.New("not pairs of digits")
	errNumeral = errors.New("a pair of digits that no character has")
)

// numericText undoes the numeric mode: each pair of digits is a character's code
// less 45.
func numericText(digits string) (string, error) {
	if len(digits) == 0 || len(digits)%2 != 0 || strings.Trim(digits, "0123456789") != "" {
		return "", errDigits
	}
	out := make([]byte, 0, len(digits)/2)
	for i := 0; i < len(digits); i += 2 {
		c := 45 + (digits[i]-'0')*10 + digits[i+1] - '0'
		if c > 'z' {
			return "", errNumeral
		}
		out = append(out, c)
	}
	return string(out), nil
}

// readNumeric reads a card in one code.
func (r Reader) readNumeric(text string) Reading {
	if len(text) > maxText {
		return unreadable(KindSHC, titleSHC, whyTooLong, text)
	}
	jws, err := numericText(text[len(prefixSHC):])
	if err != nil {
		return unreadable(KindSHC, titleSHC, whyDamaged, text)
	}
	return r.readJWS(jws, text)
}

// chunkSet is a card of several codes, as far as it was seen. Nothing in a chunk
// says whose it is but the number of codes, so that two cards of as many codes
// cannot be told apart and are refused for the codes that come twice.
type chunkSet struct {
	total  int
	pieces map[int][]string // texts by index, repeats included
	texts  []string
	why    string // what refuses a chunk by itself
}

// chunkSets are the cards in several codes of one call.
type chunkSets map[int]*chunkSet

// add takes text if it is a chunk, "shc:/2/3/" and digits. It returns the set that
// text is the first of, or nil.
func (s *chunkSets) add(text string) (first *chunkSet, isChunk bool) {
	if !hasPrefixFold(text, prefixSHC) || !strings.Contains(text[len(prefixSHC):], "/") {
		return nil, false
	}
	alone := func(why string) (*chunkSet, bool) { return &chunkSet{why: why, texts: []string{text}}, true }
	if len(text) > maxText {
		return alone(whyTooLong)
	}
	parts := strings.Split(text[len(prefixSHC):], "/")
	if len(parts) != 3 {
		return alone(whyDamaged)
	}
	index, okIndex := smallNumber(parts[0])
	total, okTotal := smallNumber(parts[1])
	switch {
	case !okIndex || !okTotal || index < 1 || total < 1 || total > maxChunks:
		return alone(whyDamaged)
	case index > total:
		return alone(whyChunkBeyond(index, total))
	case total == 1:
		// "SHALL NOT" be numbered when there is one code only.
		return alone(whyChunkAlone)
	case len(parts[2]) > 2*maxChunk:
		return alone(whyTooLong)
	}
	if *s == nil {
		*s = chunkSets{}
	}
	set := (*s)[total]
	if set == nil {
		set = &chunkSet{total: total, pieces: map[int][]string{}}
		(*s)[total] = set
		first = set
	}
	set.pieces[index] = append(set.pieces[index], parts[2])
	set.texts = append(set.texts, text)
	return first, true
}

// smallNumber reads decimal digits without a leading zero.
func smallNumber(s string) (int, bool) {
	if s == "" || len(s) > 3 || s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// readChunks joins the codes of one card, in whatever order they came.
func (r Reader) readChunks(s *chunkSet) Reading {
	if s.why != "" {
		return unreadable(KindSHC, titleSHC, s.why, s.texts...)
	}
	var jws strings.Builder
	var missing, twice []int
	for i := 1; i <= s.total; i++ {
		pieces := s.pieces[i]
		switch {
		case len(pieces) == 0:
			missing = append(missing, i)
			continue
		case len(pieces) > 1 && !(r.Repeats && same(pieces)):
			twice = append(twice, i)
			continue
		}
		piece, err := numericText(pieces[0])
		if err != nil {
			return unreadable(KindSHC, titleSHC, whyDamaged, s.texts...)
		}
		jws.WriteString(piece)
	}
	switch {
	case len(twice) > 0:
		return unreadable(KindSHC, titleSHC, whyTwice(twice, s.total), s.texts...)
	case len(missing) > 0:
		return Reading{Kind: KindSHC, Title: titleSHC, Texts: s.texts,
			Judgement: record.Judgement{Verdict: record.Incomplete, Detail: codesOf(missing, s.total)}}
	}
	return r.readJWS(jws.String(), s.texts...)
}

func same(pieces []string) bool {
	for _, p := range pieces[1:] {
		if p != pieces[0] {
			return false
		}
	}
	return true
}

// FileTexts returns the cards that a file carries: a .smart-health-card, or a FHIR
// Parameters resource as the $health-cards-issue operation answers with. ok is
// false when data is neither; it is then texts, one a line.
func FileTexts(data []byte) (texts []string, ok bool) {
	var file struct {
		Credentials []string `json:"verifiableCredential"`
		Type        string   `json:"resourceType"`
		Parameters  []struct {
			Name  string `json:"name"`
			Value string `json:"valueString"`
		} `json:"parameter"`
	}
	if len(data) > maxKeyFile || json.Unmarshal(data, &file) != nil {
		return nil, false
	}
	texts = file.Credentials
	if file.Type == "Parameters" {
		for _, p := range file.Parameters {
			if p.Name == "verifiableCredential" && p.Value != "" {
				texts = append(texts, p.Value)
			}
		}
	}
	return texts, len(texts) > 0
}

// codesOf names codes as they are numbered on paper.
func codesOf(indexes []int, total int) string {
	sort.Ints(indexes)
	words := make([]string, len(indexes))
	for i, index := range indexes {
		words[i] = wordCode(index, total)
	}
	return enumerate(words)
}
