package store

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"path/filepath"
)

// Nothing of a journal can be read without its identifier, which is in one row of the
// file. So that row is kept beside the file too, as a line of hexadecimal digits, for
// whoever has to salvage a file that lost it. It is sealed, as it is in the file.
const identityFile = "journal.id"

// maxIdentityFile bounds the file.
const maxIdentityFile = 8 << 10

// keepIdentity writes the identity beside the file, where it is not there already. The
// journal works without it, so that a failure is only logged.
func (j *Journal) keepIdentity() {
	if id, ok := j.keptIdentity(j.codec.keys); ok && id == j.identity {
		return
	}
	row, err := sealIdentity(j.codec.keys, j.identity)
	if err == nil {
		err = replaceFile(j.dir, identityFile, false, func(temporary string) error {
			return writeWhole(temporary, append(hex.AppendEncode(nil, row), '\n'), j.openFile)
		})
	}
	if err != nil {
		j.log.Warn("the journal's identity is not kept beside it", "err", err)
	}
}

// keptIdentity reads the identity that is kept beside the file.
func (j *Journal) keptIdentity(k *keys) (id identity, ok bool) {
	text, err := readSmall(filepath.Join(j.dir, identityFile), maxIdentityFile, j.openFile)
	if err != nil {
		return id, false
	}
	row, err := hex.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil {
		return id, false
	}
	id, err = openIdentity(k, row)
	return id, err == nil
}

// otherIdentity is for a file that lost its identity: the one kept beside it or, where
// that is gone too, a new one, under which nothing of the file can be read. Then the
// store key must show that it is the journal's, by opening a period key.
func (s *salvager) otherIdentity(k *keys) error {
	id, ok := s.j.keptIdentity(k)
	if !ok {
		p, err := loadPeriods(s.j.dir, k, s.j.openFile)
		if err != nil {
			return err
		}
		if len(p.list) == 0 {
			return keyError(ReasonStoreKeyWrong, errShape)
		}
		s.blank = true
		id = identity{Epoch: 1, Created: s.j.now().UTC().Round(0), Place: s.j.place(k)}
		if _, err := rand.Read(id.ID[:]); err != nil {
			return err
		}
	}
	row, err := sealIdentity(k, id)
	s.identity, s.codec = row, codec{keys: k, journal: id.ID}
	return err
}
