package qr

import "testing"

func BenchmarkEncode(b *testing.B) {
	key, _ := testKey("des Tilleuls")
	s := sampleSummary()
	for b.Loop() {
		mustEncode(b, s, EncodeOptions{Key: key, IssuedAt: testNow})
	}
}

func BenchmarkEncodeTooMuch(b *testing.B) {
	key, _ := testKey("des Tilleuls")
	s := longSummary(900)
	for b.Loop() {
		mustEncode(b, s, EncodeOptions{Key: key, IssuedAt: testNow})
	}
}

func BenchmarkRead(b *testing.B) {
	key, trusted := testKey("des Tilleuls")
	all := texts(mustEncode(b, longSummary(20), EncodeOptions{Key: key, IssuedAt: testNow}))
	reader := Reader{Keys: testList(trusted), Now: testNow}
	for b.Loop() {
		reader.Read(all)
	}
}
