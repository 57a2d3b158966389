package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

var acted = time.Date(2026, 3, 14, 9, 30, 0, 0, time.UTC)

// note is as long as notes are.
var note = strings.Repeat("Otite moyenne aiguë gauche, amoxicilline huit jours. ", 20)

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// consultation is one of a practice whose patients come several times.
func consultation(i int, note string) record.Consultation {
	return record.Consultation{
		Patient: record.Patient{
			INS:       record.INS{Matricule: fmt.Sprintf("2790351%08d", i%5000), OID: record.OIDINSTest},
			BirthName: "MESURE", GivenNames: []string{"Ildegonde"}, BirthDate: "1979-03-01", Sex: record.Female,
		},
		Card:    record.CardRef{ID: "00112233445566aa", Issuer: "Cabinet des Mesures", Issued: acted.AddDate(0, 0, -9), Verdict: record.Authentic},
		ActedAt: acted.Add(time.Duration(i) * time.Minute),
		Author:  record.Author{RPPS: "10003456785", Name: "Dr Mesure"},
		Note:    fmt.Sprint(i, " ", note),
	}
}

func submission(note string) record.Submission {
	return record.Submission{
		DocumentID: "urn:uuid:" + uuid.NewString(), SubmissionID: "urn:uuid:" + uuid.NewString(),
		MediaType: "application/fhir+json", Body: []byte(`{"resourceType":"Bundle","note":"` + note + `","text":"` + note + `"}`),
		DocumentSHA1: make([]byte, 20), DocumentSize: len(note), Entries: 3,
	}
}

func openOurs(dir string) (*contender, error) {
	j, err := store.Open(dir, nil)
	if err != nil {
		return nil, err
	}
	return &contender{
		name: "Zone Blanche",
		record: func(i int) error {
			_, _, err := j.Record(context.Background(), consultation(i, note), submission(note))
			return err
		},
		close: j.Close,
	}, nil
}

// entryRows are the rows of one entry, of the sizes that the journal writes.
func entryRows(i int) []row {
	seq := binary.BigEndian.AppendUint64(nil, uint64(i+1))
	id := uuid.Must(uuid.NewV7())
	at := func() []byte { return append(random(12), seq...) }
	return []row{
		{table: "entries", key: append(append([]byte(nil), seq...), 0, 0, 0, 0), value: random(1800)},
		{table: "entries", key: append(append([]byte(nil), seq...), 0, 0, 0, 1), value: random(2*len(note) + 90)},
		{table: "ids", key: id[:], value: seq},
		{table: "by_patient", key: append(random(32), at()...), value: random(32)},
		{table: "items", key: append(append([]byte(nil), seq...), 0, 0, 0, 0, 0, 0, 0, 0), value: random(420)},
		{table: "by_deadline", key: append(append([]byte(nil), 0, 0, 0, 0), seq...), value: []byte{}},
		{table: "by_next", key: append(make([]byte, 12), seq...), value: []byte{}},
		{table: "meta", key: []byte("head"), value: random(300)},
	}
}
