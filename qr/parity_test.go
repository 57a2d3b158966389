package qr

import (
	"bytes"
	"testing"
)

// TestParityIsTheSpecifiedOne computes Reed–Solomon parts from the words of
// doc/card-format.md alone, so that another version of the library, or another
// implementation of the format, gives the same.
func TestParityIsTheSpecifiedOne(t *testing.T) {
	message := make([]byte, 997)
	for i := range message {
		message[i] = byte(i*i + i/7)
	}
	for k := 2; k <= maxFullParts; k++ {
		parts, err := split(message, k, [cardIDSize]byte{})
		if err != nil {
			t.Fatal(err)
		}
		n := k + parity(k)
		vandermonde := make([][]byte, n)
		for r := range vandermonde {
			vandermonde[r] = make([]byte, k)
			power := byte(1)
			for c := range vandermonde[r] {
				vandermonde[r][c] = power
				power = gfMul(power, byte(r))
			}
		}
		inverse := gfInverse(vandermonde[:k])
		for r := k; r < n; r++ {
			want := make([]byte, len(parts[0].data))
			for c := range k {
				coefficient := byte(0)
				for i := range k {
					coefficient ^= gfMul(vandermonde[r][i], inverse[i][c])
				}
				for i, b := range parts[c].data {
					want[i] ^= gfMul(coefficient, b)
				}
			}
			if !bytes.Equal(parts[r].data, want) {
				t.Errorf("k = %d: part %d is not the specified one", k, r+1)
			}
		}
	}
}

// gfMul multiplies in GF(2⁸) modulo x⁸+x⁴+x³+x²+1.
func gfMul(a, b byte) byte {
	product, x := 0, int(a)
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			product ^= x
		}
		if x <<= 1; x > 0xff {
			x ^= 0x11d
		}
	}
	return byte(product)
}

// gfInverse inverts a square matrix by elimination.
func gfInverse(matrix [][]byte) [][]byte {
	size := len(matrix)
	rows := make([][]byte, size)
	for i := range rows {
		rows[i] = append(bytes.Clone(matrix[i][:size]), make([]byte, size)...)
		rows[i][size+i] = 1
	}
	for c := range rows {
		pivot := c
		for rows[pivot][c] == 0 {
			pivot++
		}
		rows[c], rows[pivot] = rows[pivot], rows[c]
		inverse := byte(1)
		for gfMul(inverse, rows[c][c]) != 1 {
			inverse++
		}
		for i := range rows[c] {
			rows[c][i] = gfMul(rows[c][i], inverse)
		}
		for r := range rows {
			if factor := rows[r][c]; r != c && factor != 0 {
				for i := range rows[r] {
					rows[r][i] ^= gfMul(factor, rows[c][i])
				}
			}
		}
	}
	for i := range rows {
		rows[i] = rows[i][size:]
	}
	return rows
}
