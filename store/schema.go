package store

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/record"
)

// schemaVersion is what this program writes.
const schemaVersion = 1

var (
	bucketMeta       = []byte("meta")
	bucketEntries    = []byte("entries")
	bucketItems      = []byte("items")
	bucketIDs        = []byte("ids")
	bucketByDeadline = []byte("by_deadline")
	bucketByNext     = []byte("by_next")
	bucketByPatient  = []byte("by_patient")
	bucketNewest     = []byte("newest")
	bucketDrafts     = []byte("drafts")
	bucketPhotos     = []byte("photographs")
	bucketHandover   = []byte("handover") // younger than some journals (handover_rows.go)

	allBuckets = [][]byte{
		bucketMeta, bucketEntries, bucketItems,
		bucketIDs, bucketByDeadline, bucketByNext, bucketByPatient, bucketNewest,
		bucketDrafts, bucketPhotos, bucketHandover,
	}

	keyJournal = []byte("journal")
	keyHead    = []byte("head")
	// keySalvaged is there from the making of a salvaged file until it is repaired.
	keySalvaged = []byte("salvaged")
	keyBackups  = []byte("backups")
)

// identity is what does not change about a journal while it lives in one place.
type identity struct {
	ID      [16]byte  `json:"id"`
	Epoch   uint64    `json:"epoch"` // grows when a copy or a backup takes over
	Created time.Time `json:"created"`
	Place   string    `json:"place,omitempty"` // where it lives (epoch.go)
	Copy    bool      `json:"copy,omitempty"`  // a backup, not opened since
}

// head sums the journal up. It is written again in each transaction, so that a
// row that vanished is missed by its count.
type head struct {
	Seq     uint64    `json:"seq"`  // of the last entry; they count from 1
	Hash    []byte    `json:"hash"` // of the last entry; of nothing: the genesis hash
	Changes uint64    `json:"changes"`
	States  counts    `json:"states"`
	Contact time.Time `json:"contact,omitzero"` // when the recipient last answered anything
}

type counts struct {
	Pending   int `json:"pending,omitempty"`
	InFlight  int `json:"in_flight,omitempty"`
	Attention int `json:"attention,omitempty"`
	Cleared   int `json:"cleared,omitempty"`
	Late      int `json:"cleared_late,omitempty"` // of those cleared
}

func (c *counts) of(s record.DeliveryState) *int {
	switch s {
	case record.Pending:
		return &c.Pending
	case record.InFlight:
		return &c.InFlight
	case record.Attention:
		return &c.Attention
	case record.Cleared:
		return &c.Cleared
	}
	return nil
}

// The identity's row: schema version (2 bytes) and key id (8 bytes) in clear,
// then the sealed identity. What is in clear is bound as associated data, which
// here names no journal yet.
const identityPrefix = 2 + 8

func sealIdentity(k *keys, id identity) ([]byte, error) {
	text, err := json.Marshal(id)
	if err != nil {
		return nil, err
	}
	row := binary.BigEndian.AppendUint16(nil, schemaVersion)
	row = append(row, k.id[:]...)
	return append(row, seal(k.rows, text, associate([16]byte{}, "journal", row))...), nil
}

func openIdentity(k *keys, row []byte) (identity, error) {
	const op = "open journal"
	var id identity
	if len(row) < identityPrefix+sealExtra {
		return id, damaged(op, errShape)
	}
	text, err := unseal(k.rows, row[identityPrefix:], associate([16]byte{}, "journal", row[:identityPrefix]))
	if err != nil {
		if _, ok := correctedIdentity(k, row); ok {
			return id, damaged(op, errFlipped)
		}
		switch {
		case string(row[2:identityPrefix]) != string(k.id[:]):
			return id, &record.Error{Code: record.CodeLocked, Op: op, Reason: ReasonStoreKeyWrong,
				Err: errors.New("store.key belongs to another journal")}
		case binary.BigEndian.Uint16(row) > schemaVersion:
			return id, invalid(op, ReasonJournalNewer, "a later version of the program wrote it")
		}
		return id, damaged(op, err)
	}
	if binary.BigEndian.Uint16(row) > schemaVersion {
		return id, invalid(op, ReasonJournalNewer, "a later version of the program wrote it")
	}
	if err := json.Unmarshal(text, &id); err != nil {
		return id, damaged(op, errShape)
	}
	return id, nil
}

// correctedIdentity returns an identity's row with the prefix that this program and
// this key would have written, if it authenticates with that: then a damaged prefix
// is all that was the matter, and neither a later program nor another key.
func correctedIdentity(k *keys, row []byte) ([]byte, bool) {
	if len(row) < identityPrefix+sealExtra {
		return nil, false
	}
	prefix := append(binary.BigEndian.AppendUint16(nil, schemaVersion), k.id[:]...)
	_, err := unseal(k.rows, row[identityPrefix:], associate([16]byte{}, "journal", prefix))
	return append(prefix, row[identityPrefix:]...), err == nil
}

// create writes an empty journal into a transaction.
func create(tx *bolt.Tx, k *keys, now time.Time, place string) error {
	for _, name := range allBuckets {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	id := identity{Epoch: 1, Created: now.UTC().Round(0), Place: place}
	if _, err := rand.Read(id.ID[:]); err != nil {
		return err
	}
	row, err := sealIdentity(k, id)
	if err != nil {
		return err
	}
	if err := tx.Bucket(bucketMeta).Put(keyJournal, row); err != nil {
		return err
	}
	c := codec{keys: k, journal: id.ID}
	row, err = c.sealRow(head{Hash: c.genesis()}, "head")
	if err != nil {
		return err
	}
	return tx.Bucket(bucketMeta).Put(keyHead, row)
}

// fileBucket returns a bucket of the file, or says that the file lost it.
func fileBucket(tx *bolt.Tx, name []byte) (*bolt.Bucket, error) {
	b := tx.Bucket(name)
	if b == nil {
		return nil, damaged("read journal", errors.New("bucket "+string(name)+" is missing"))
	}
	return b, nil
}

// Keys sort as what they stand for.

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

// entryKey is where an entry is, and the chunks of its body from number 1.
func entryKey(seq uint64, chunk int) []byte {
	return binary.BigEndian.AppendUint32(seqKey(seq), uint32(chunk))
}

// itemKey is where an item is, and its attempts from number 1.
func itemKey(seq uint64, attempt int) []byte {
	return binary.BigEndian.AppendUint64(seqKey(seq), uint64(attempt))
}

const timeSize = 12

// timeKey is seconds and nanoseconds; the zero time sorts first.
func timeKey(t time.Time) []byte {
	k := binary.BigEndian.AppendUint64(nil, uint64(t.Unix())^1<<63)
	return binary.BigEndian.AppendUint32(k, uint32(t.Nanosecond()))
}

func parseTimeKey(k []byte) time.Time {
	return time.Unix(int64(binary.BigEndian.Uint64(k)^1<<63), int64(binary.BigEndian.Uint32(k[8:])))
}

func timeSeqKey(t time.Time, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(timeKey(t), seq)
}

// keySeq returns the sequence that ends an index key.
func keySeq(k []byte) (uint64, bool) {
	if len(k) < 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(k[len(k)-8:]), true
}
