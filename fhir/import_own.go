package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

var errIPSOwn = errors.New("not a summary in the program's own JSON")

// importOwn reads the JSON of [record.Summary]. A section whose state and entries
// disagree is refused; a field that nobody knows, a date that is none and a number
// whose key does not fit are removed and listed.
func importOwn(data []byte) (*record.Summary, []record.LeftOut, error) {
	s := &record.Summary{}
	if err := json.Unmarshal(data, s); err != nil {
		if record.ReasonOf(err) == "section_state" {
			return nil, nil, ipsError("section_state", errIPSOwn)
		}
		return nil, nil, ipsError("json", errIPSOwn)
	}
	var left []record.LeftOut
	for _, path := range ownUnknown(data, s) {
		left = append(left, record.LeftOut{What: path, Why: whyUnknownField})
	}
	p := &s.Patient
	if p.BirthName == "" && p.UsedName == "" && p.Original == "" && len(p.GivenNames) == 0 && p.INS.Empty() && len(p.Identifiers) == 0 {
		return nil, nil, ipsError("no_patient", errIPSPatient)
	}
	if !p.INS.Empty() || p.INS.OID != "" {
		ins, err := record.ParseINS(p.INS.Matricule, p.INS.OID)
		if err != nil {
			left = append(left, record.LeftOut{What: wordPatient + " : " + wordINS, Why: whyINSKey})
			p.Qualified = false
		}
		p.INS = ins
	}
	if p.BirthPlace != "" && record.CheckBirthPlace(p.BirthPlace) != nil {
		left = append(left, record.LeftOut{What: wordPatient + " : " + wordBirthCode, Why: whyBirthPlace})
		p.BirthPlace = ""
	}
	left = append(left, ownNumbers(s)...)
	ownDates(reflect.ValueOf(s).Elem(), wordSummary, &left)
	s.Sort()
	return s, left, nil
}

// ownNumbers removes the national numbers whose check digit does not fit.
func ownNumbers(s *record.Summary) (left []record.LeftOut) {
	if s.Author.RPPS != "" && record.CheckRPPS(s.Author.RPPS) != nil {
		left = append(left, record.LeftOut{What: wordSummary, Why: whyRPPS})
		s.Author.RPPS = ""
	}
	if s.Author.FINESS != "" && record.CheckFINESS(s.Author.FINESS) != nil {
		left = append(left, record.LeftOut{What: wordSummary, Why: whyFINESS})
		s.Author.FINESS = ""
	}
	for i := range s.Contacts {
		if c := &s.Contacts[i]; c.RPPS != "" && record.CheckRPPS(c.RPPS) != nil {
			left = append(left, record.LeftOut{What: wordContact + " : " + c.Role.French(), Why: whyRPPS})
			c.RPPS = ""
		}
	}
	return left
}

// ownDates walks v and removes every date that is none. what names the nearest
// thing that has a title.
func ownDates(v reflect.Value, what string, left *[]record.LeftOut) {
	switch v.Kind() {
	case reflect.Struct:
		if _, ok := v.Interface().(record.Patient); ok {
			what = wordPatient
		}
		if t, ok := v.Interface().(interface{ Title() string }); ok {
			what = t.Title()
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				ownDates(v.Field(i), what, left)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			ownDates(v.Index(i), what, left)
		}
	case reflect.String:
		d, ok := v.Interface().(record.Date)
		if !ok {
			return
		}
		if _, err := record.ParseDate(string(d)); err != nil {
			v.SetString("")
			*left = append(*left, record.LeftOut{What: what, Why: whyDate})
		}
	}
}

// ownUnknown lists the paths that data has and that s, written again, has not.
// What reads as zero is not missed.
func ownUnknown(data []byte, s *record.Summary) []string {
	again, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	var in, out any
	if json.NewDecoder(bytes.NewReader(data)).Decode(&in) != nil || json.Unmarshal(again, &out) != nil {
		return nil
	}
	var paths []string
	ownCompare(in, out, "", &paths)
	slices.Sort(paths)
	return paths
}

func ownCompare(in, out any, path string, paths *[]string) {
	switch v := in.(type) {
	case map[string]any:
		o, _ := out.(map[string]any)
		for name, value := range v {
			if _, ok := o[name]; !ok {
				if !ownZero(value) {
					*paths = append(*paths, strings.TrimPrefix(path+"."+name, "."))
				}
				continue
			}
			ownCompare(value, o[name], path+"."+name, paths)
		}
	case []any:
		o, _ := out.([]any)
		for i := range min(len(v), len(o)) {
			ownCompare(v[i], o[i], path, paths)
		}
	}
}

func ownZero(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		for _, inner := range v {
			if !ownZero(inner) {
				return false
			}
		}
		return true
	}
	return false
}
