package qr

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"github.com/klauspost/reedsolomon"
	"github.com/zoneblanche/zoneblanche/qr/base45"
)

// This file cuts a full message into parts and joins them again. Any k of the n
// parts give the message back: parts 1 to k are the message itself, cut into
// equal lengths and filled up with zeros, the others are Reed–Solomon parts over
// GF(2⁸) with the polynomial x⁸+x⁴+x³+x²+1 (0x11D). Their coefficients are the
// default matrix of klauspost/reedsolomon: the n×k Vandermonde matrix whose row r
// holds r⁰, r¹, …, times the inverse of its top square, so that the top is the
// identity.

// Prefix begins every text of a card. It is upper case and without "//", so that
// nobody takes it for an address, and it holds the format's version.
const Prefix = "ZB1:"

const (
	// maxSymbolChars is what version 15 of a QR code holds at ECC M.
	maxSymbolChars = 600
	// goodSymbolChars is what version 13 holds: a full part stays below it
	// whenever twelve symbols are enough, because smaller modules read less often.
	goodSymbolChars = 483
	// maxSymbols bounds the symbols of a full message, parity included.
	maxSymbols = 12
)

// A part begins with a header of 16 bytes:
//
//	0      partByte; a message begins with 0xD2 (the CBOR tag 18) instead
//	1      index of the part from 1 (4 bits), k (4 bits)
//	2–3    n (4 bits), length of the joined message (12 bits)
//	4–7    the first bytes of the card's id, which tell whose part it is
//	8–15   the first bytes of the SHA-256 of the joined message
//
// The hash doubles as the id of the printing: each printing is signed anew, so
// that two have different messages, and parts whose hashes differ never mix.
const (
	partByte       = 0x01
	messageByte    = 0xd2
	partHeaderSize = 16
	hintSize       = 4
	checkSize      = 8
)

// shape is what all parts of one message have in common.
type shape struct {
	k, n, length int
	hint         [hintSize]byte
	check        [checkSize]byte
}

// hintOf is what the parts of a card, and its locked message, say of its id. It
// serves to name what is missing; the signature binds.
func hintOf(id [cardIDSize]byte) [hintSize]byte { return [hintSize]byte(id[:]) }

// part is one part of a message.
type part struct {
	shape
	index int // from 1
	data  []byte
}

var (
	errPart = errors.New("part: not a header of this version")
	errJoin = errors.New("parts: no choice of them gives the message")
)

// parity returns how many Reed–Solomon parts go with k parts.
func parity(k int) int {
	switch k {
	case 1:
		return 0
	case 2:
		return 1
	}
	return 2
}

// shardSize is the length of each part of a message, without its header.
func (s shape) shardSize() int { return (s.length + s.k - 1) / s.k }

func (p part) bytes() []byte {
	b := make([]byte, 0, partHeaderSize+len(p.data))
	b = append(b, partByte, byte(p.index<<4|p.k))
	b = binary.BigEndian.AppendUint16(b, uint16(p.n<<12|p.length))
	b = append(b, p.hint[:]...)
	b = append(b, p.check[:]...)
	return append(b, p.data...)
}

// parsePart reads a part strictly: n must be what k asks for, and the part
// exactly as long as the message's length asks for.
func parsePart(b []byte) (part, error) {
	if len(b) <= partHeaderSize || b[0] != partByte {
		return part{}, errPart
	}
	var p part
	p.index, p.k = int(b[1]>>4), int(b[1]&15)
	tail := binary.BigEndian.Uint16(b[2:])
	p.n, p.length = int(tail>>12), int(tail&0xfff)
	copy(p.hint[:], b[4:])
	copy(p.check[:], b[8:])
	p.data = b[partHeaderSize:]
	if p.k < 2 || p.k > maxFullParts || p.n != p.k+parity(p.k) || p.index < 1 || p.index > p.n ||
		len(p.data) != p.shardSize() {
		return part{}, errPart
	}
	return p, nil
}

// textLen is the number of characters of a symbol that holds n bytes.
func textLen(n int) int { return len(Prefix) + base45.EncodedLen(n) }

// partsFor returns how many data symbols a full message of length bytes takes:
// one without a part header if it holds everything, else as few as keep each
// within goodSymbolChars, else as few as maxSymbolChars allow; 0 when the
// message is too long.
func partsFor(length int) int {
	if textLen(length) <= maxSymbolChars {
		return 1
	}
	for _, limit := range []int{goodSymbolChars, maxSymbolChars} {
		for k := 2; k <= maxFullParts; k++ {
			if textLen(partHeaderSize+(shape{k: k, length: length}).shardSize()) <= limit {
				return k
			}
		}
	}
	return 0
}

// check is the beginning of the SHA-256 of a joined message.
func check(message []byte) (c [checkSize]byte) {
	sum := sha256.Sum256(message)
	copy(c[:], sum[:])
	return c
}

// split cuts message into k parts, two at least, and adds the Reed–Solomon ones.
func split(message []byte, k int, card [cardIDSize]byte) ([]part, error) {
	s := shape{k: k, n: k + parity(k), length: len(message), hint: hintOf(card), check: check(message)}
	size := s.shardSize()
	shards := make([][]byte, s.n)
	for i := range shards {
		shards[i] = make([]byte, size)
		if i < k && i*size < len(message) {
			copy(shards[i], message[i*size:])
		}
	}
	code, err := reedsolomon.New(s.k, s.n-s.k)
	if err != nil {
		return nil, err
	}
	if err := code.Encode(shards); err != nil {
		return nil, err
	}
	parts := make([]part, s.n)
	for i, shard := range shards {
		parts[i] = part{s, i + 1, shard}
	}
	return parts, nil
}

// Bounds on the search that join does among damaged or hostile parts. Without
// two readings of one part, the first covers every subset (12 over 2 is 66).
const (
	maxJoinTries  = 128
	maxPartChoice = 4
)

// group collects the parts of one message, by index. A part that was read twice
// with different content is kept twice: the joined hash decides.
type group struct {
	shape
	shards map[int][][]byte
	texts  []string // of the parts
}

func (g *group) add(p part) {
	for _, known := range g.shards[p.index] {
		if bytes.Equal(known, p.data) {
			return
		}
	}
	if len(g.shards[p.index]) < maxPartChoice {
		g.shards[p.index] = append(g.shards[p.index], p.data)
	}
}

// join returns the message once k parts are there and some choice of k gives the
// hash of their header.
func (g *group) join() ([]byte, error) {
	if len(g.shards) < g.k {
		return nil, errJoin
	}
	code, err := reedsolomon.New(g.k, g.n-g.k)
	if err != nil {
		return nil, errJoin
	}
	tries := 0
	chosen := make([][]byte, g.n)
	// choose takes parts from index i on, left more of them, data parts first.
	var choose func(i, left int) []byte
	choose = func(i, left int) []byte {
		if left == 0 {
			tries++
			return g.try(code, chosen)
		}
		if g.n-i < left {
			return nil
		}
		for _, shard := range g.shards[i+1] {
			chosen[i] = shard
			message := choose(i+1, left-1)
			chosen[i] = nil
			if message != nil || tries >= maxJoinTries {
				return message
			}
		}
		return choose(i+1, left)
	}
	if message := choose(0, g.k); message != nil {
		return message, nil
	}
	return nil, errJoin
}

// try joins one choice of parts, or returns nil.
func (g *group) try(code reedsolomon.Encoder, chosen [][]byte) []byte {
	shards := make([][]byte, g.n)
	copy(shards, chosen)
	if err := code.ReconstructData(shards); err != nil {
		return nil
	}
	message := bytes.Join(shards[:g.k], nil)
	if len(bytes.Trim(message[g.length:], "\x00")) > 0 {
		return nil // filled up with something else than zeros
	}
	message = message[:g.length:g.length]
	if check(message) != g.check {
		return nil
	}
	return message
}
