package handover

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// Kind is what a package is about.
type Kind byte

// The kinds of version 1.
const (
	KindEntry Kind = 1 // an entry, from its origin to a holder
	KindTaken Kind = 2 // a holder has it on its disk
	KindFinal Kind = 3 // the recipient has it; carries its receipt
)

const (
	magic   = "zbhand\n"
	version = 1

	headerSize    = len(magic) + 2 + 3*16 + 3*8
	encapsulated  = 32 // X25519
	overhead      = 16 // the AEAD's tag
	signatureSize = 64 // Ed25519

	// maxManifest bounds what describes an entry, and a whole receipt.
	maxManifest = 64 << 10
	// MaxContent is the largest content of a package.
	MaxContent = store.MaxBody + maxManifest
	// MaxPackage is the size of the largest package.
	MaxPackage = int64(headerSize + encapsulated + MaxContent + overhead + signatureSize)
)

// Header is what a carrier may read.
type Header struct {
	Kind     Kind
	Entry    string // UUID
	From, To string // peer ids
	Made     time.Time
	Deadline time.Time
	Size     int64 // of the content
}

// Length is the size of the whole package.
func (h Header) Length() int64 {
	return int64(headerSize) + encapsulated + h.Size + overhead + signatureSize
}

// Reasons of this package's errors.
const (
	ReasonPackage      = "handover_package"   // invalid: not a package, altered, or of another form
	ReasonPackageCut   = "handover_cut"       // invalid: shorter or longer than it says it is
	ReasonPackageNewer = "handover_newer"     // invalid: a later version of the program wrote it
	ReasonStranger     = "handover_stranger"  // untrusted: signed by somebody who is not paired with this journal
	ReasonElsewhere    = "handover_elsewhere" // invalid: for another journal
	ReasonFolder       = "handover_folder"    // unavailable: the folder is full, may not be written, or was pulled out
	ReasonPairingText  = "pairing_text"       // invalid: not the text of a pairing, or altered
	ReasonPairingSelf  = "pairing_self"       // invalid: this journal's own pairing
	ReasonPairingWords = "pairing_words"      // untrusted: the words are not those of any pairing
)

const opOpen = "open package"

func wrong(reason, why string) error {
	return &record.Error{Code: record.CodeInvalid, Op: opOpen, Reason: reason, Err: errors.New(why)}
}

// bytes writes a header in its one spelling.
func (h Header) bytes() ([]byte, error) {
	entry, err := uuid.Parse(h.Entry)
	if err != nil || entry.String() != h.Entry {
		return nil, wrong(ReasonPackage, "the entry is not a UUID")
	}
	from, errFrom := hex.DecodeString(h.From)
	to, errTo := hex.DecodeString(h.To)
	if errFrom != nil || errTo != nil || len(from) != 16 || len(to) != 16 {
		return nil, wrong(ReasonPackage, "a peer id has 16 bytes")
	}
	b := append([]byte(magic), version, byte(h.Kind))
	b = append(b, entry[:]...)
	b = append(append(b, from...), to...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.Made.Unix()))
	b = binary.BigEndian.AppendUint64(b, uint64(h.Deadline.Unix()))
	return binary.BigEndian.AppendUint64(b, uint64(h.Size)), nil
}

// ParseHeader reads the beginning of a package.
func ParseHeader(b []byte) (Header, error) {
	switch {
	case len(b) < len(magic)+1 && string(b) == magic[:min(len(b), len(magic))]:
		return Header{}, wrong(ReasonPackageCut, "the package is cut short")
	case len(b) < len(magic)+1 || string(b[:len(magic)]) != magic:
		return Header{}, wrong(ReasonPackage, "this is not a package")
	case b[len(magic)] > version:
		return Header{}, wrong(ReasonPackageNewer, "a later version of the program wrote it")
	case b[len(magic)] != version:
		return Header{}, wrong(ReasonPackage, "there is no such version")
	case len(b) < headerSize:
		return Header{}, wrong(ReasonPackageCut, "the package is cut short")
	}
	rest := b[len(magic)+1 : headerSize]
	h := Header{
		Kind: Kind(rest[0]), Entry: uuid.UUID(rest[1:17]).String(),
		From: hex.EncodeToString(rest[17:33]), To: hex.EncodeToString(rest[33:49]),
	}
	made, deadline, size := binary.BigEndian.Uint64(rest[49:]), binary.BigEndian.Uint64(rest[57:]), binary.BigEndian.Uint64(rest[65:])
	if h.Kind < KindEntry || h.Kind > KindFinal {
		return Header{}, wrong(ReasonPackage, "there is no such kind")
	}
	// Times far from any life are a defect of whoever wrote them, and would overflow
	// where they are compared.
	const farthest = 1 << 36
	if made > farthest || deadline > farthest || size > MaxContent {
		return Header{}, wrong(ReasonPackage, "a number is out of bounds")
	}
	h.Made, h.Deadline, h.Size = time.Unix(int64(made), 0).UTC(), time.Unix(int64(deadline), 0).UTC(), int64(size)
	return h, nil
}

// Extension ends the name of a package's file.
const Extension = ".zbh"

// Name is the file's name: it tells which packages are the same message, and nothing
// of anybody.
func (h Header) Name() string {
	sum := sha256.Sum256([]byte(string(rune('0'+h.Kind)) + h.Entry + h.From + h.To))
	return hex.EncodeToString(sum[:10]) + Extension
}
