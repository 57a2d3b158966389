package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// content is everything that a journal says, as text that compares. Parts that
// cannot be read are absent, and counted.
func content(j *Journal) (parts map[string]string, errs int) {
	parts = map[string]string{}
	put := func(key string, v any, err error) {
		if err != nil {
			errs++
			return
		}
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		parts[key] = string(text)
	}
	var ids []string
	err := j.Entries(ctx, func(e EntryInfo) error {
		put("info "+e.ID, fmt.Sprintf("%+v", e), nil)
		ids = append(ids, e.ID)
		return nil
	})
	put("entries", ids, err)
	for _, id := range ids {
		c, err := j.Consultation(ctx, id)
		put("consultation "+id, c, err)
		s, err := j.Submission(ctx, id)
		put("submission "+id, s, err)
		a, err := j.Attempts(ctx, id)
		put("attempts "+id, a, err)
	}
	w, err := j.Waiting(ctx)
	for i := range w {
		w[i].Due = time.Time{} // by a clock that runs on while that of tests stands
	}
	put("waiting", fmt.Sprintf("%+v", w), err)
	due, ok, err := j.NextDue(ctx)
	put("due", fmt.Sprint(due, ok), err)
	counts, err := j.Counts(ctx)
	put("counts", counts, err)
	var n int
	err = j.ByPatient(ctx, consultation("", acted).Patient, func(EntryInfo) error { n++; return nil })
	put("patient", n, err)
	return parts, errs
}

// TestMetaPageFlips flips bits of either meta page, which alone lead to everything
// else: the other one leads to the same. Only the last change of a program that was
// stopped in the middle may be missing, and then that is said.
func TestMetaPageFlips(t *testing.T) {
	t.Parallel()
	many := func(t *testing.T, j *Journal) {
		for i := range 40 {
			mustRecord(t, j, fmt.Sprint(secretNote, i), acted.Add(time.Duration(i)*time.Hour))
		}
	}
	folder := func(t *testing.T, fill func(*testing.T, *Journal)) (string, map[string]string) {
		dir := t.TempDir()
		j := mustOpen(t, dir, &Options{Clock: fixedClock, Place: "here"})
		fill(t, j)
		want, errs := content(j)
		if err := j.Close(); err != nil || errs > 0 {
			t.Fatal(errs, err)
		}
		return dir, want
	}
	for name, source := range map[string]func(*testing.T) (string, map[string]string){
		"new": func(t *testing.T) (string, map[string]string) { return folder(t, func(*testing.T, *Journal) {}) },
		"one entry": func(t *testing.T) (string, map[string]string) {
			return folder(t, func(t *testing.T, j *Journal) { mustRecord(t, j, secretNote, acted) })
		},
		"many": func(t *testing.T) (string, map[string]string) { return folder(t, many) },
		"compacted": func(t *testing.T) (string, map[string]string) {
			return folder(t, func(t *testing.T, j *Journal) {
				many(t, j)
				if _, err := j.Compact(ctx); err != nil {
					t.Fatal(err)
				}
			})
		},
		"killed": unclosed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, want := source(t)
			files := readAll(t, from)
			for page := range 2 {
				for range 6 {
					dir := t.TempDir()
					bit := (page*4096+pageHeader)*8 + mrand.IntN(metaSize*8)
					for name, b := range files {
						if name == journalFile {
							b = bytes.Clone(b)
							b[bit/8] ^= 1 << (bit % 8)
						}
						if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
							t.Fatal(err)
						}
					}
					j := mustOpen(t, dir, &Options{Clock: fixedClock, Place: "here", ReadOnly: mrand.IntN(2) == 0})
					got, errs := content(j)
					if r, err := j.Verify(ctx); err != nil || len(r.Problems) == 0 || errs > 0 {
						t.Errorf("bit %d of page %d: %d errors, %v, and Verify says %v", bit%32768, page, errs, err, r.Problems)
					}
					for key, text := range want {
						if got[key] != text {
							t.Errorf("bit %d of page %d: %s is not as it was", bit%32768, page, key)
						}
					}
					if err := j.Close(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

var flips = flag.Int("store.flips", 120, "how many bits are flipped, one at a time")

// TestBitFlips flips one bit of the file at a time. Whatever happens, nothing that
// is read may differ from what was written without Open or Verify saying that the
// file is damaged; a journal that is opened for writing opens, with everything that
// it does not list as lost.
func TestBitFlips(t *testing.T) {
	t.Parallel()
	flips := *flips
	clock := func() time.Time { return acted.Add(50 * time.Hour) }
	source := t.TempDir()
	j := mustOpen(t, source, &Options{Clock: clock, Place: "here"})
	fill(t, j, 40)
	want, errs := content(j)
	mustBeSound(t, j)
	if err := j.Close(); err != nil || errs > 0 {
		t.Fatalf("%d errors, %v", errs, err)
	}
	var ids []string
	seqs := map[string]string{}
	for key := range want {
		if id, ok := strings.CutPrefix(key, "consultation "); ok {
			ids = append(ids, id)
		}
	}
	j = mustOpen(t, source, &Options{Clock: clock, Place: "here", ReadOnly: true})
	err := j.Entries(ctx, func(e EntryInfo) error { seqs[e.ID] = fmt.Sprint(e.Seq); return nil })
	if err = errors.Join(err, j.Close()); err != nil || len(ids) < 40 {
		t.Fatal(len(ids), err)
	}
	files := readAll(t, source)
	dir := t.TempDir()
	for _, name := range []string{keyFile, periodsFile} {
		if err := os.WriteFile(filepath.Join(dir, name), files[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	whole := files[journalFile]
	live := livePages(t, filepath.Join(source, journalFile))
	var refused, reported, harmless, salvaged, lost int
	for i := range flips {
		// Nine of ten in pages that are in use: most of a small file is not.
		bit := mrand.IntN(len(whole) * 8)
		if i%10 > 0 {
			bit = live[mrand.IntN(len(live))]*4096*8 + mrand.IntN(4096*8)
		}
		flipped := append([]byte(nil), whole...)
		flipped[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(filepath.Join(dir, journalFile), flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		where := fmt.Sprintf("page %d byte %d bit %d", bit/8/4096, bit/8%4096, bit%8)
		readOnly := mrand.IntN(2) == 0
		j, err := Open(dir, &Options{ReadOnly: readOnly, Clock: clock, Place: "here"})
		if err != nil {
			if !readOnly || record.ReasonOf(err) != ReasonJournalDamaged {
				t.Errorf("%s: open, read only %v: %v", where, readOnly, err)
			}
			refused++
			continue
		}
		got, errs := content(j)
		r, err := j.Verify(ctx)
		if err != nil {
			t.Errorf("%s: verify: %v", where, err)
		}
		same := len(got) == len(want)
		for key, text := range want {
			same = same && got[key] == text
		}
		listed := ""
		if j.Salvaged() != nil {
			listed = strings.Join(slices.Concat(j.Salvaged().Lost, j.Salvaged().Bodies, j.Salvaged().Items), " ")
			lost += len(j.Salvaged().Lost)
			salvaged++
		}
		for _, p := range r.Problems {
			listed += " " + p.Entry
		}
		for _, id := range ids {
			for _, kind := range []string{"info ", "consultation ", "submission "} {
				if got[kind+id] != want[kind+id] && !strings.Contains(listed, id) && !strings.Contains(listed, "#"+seqs[id]) {
					t.Errorf("%s: %s%s is not as it was, and nobody says so", where, kind, id)
				}
			}
		}
		switch {
		case j.Salvaged() != nil, len(r.Problems) > 0:
			reported++
		case !same || errs > 0:
			t.Errorf("%s: %d errors, content the same %v, and Verify saw nothing", where, errs, same)
		default:
			harmless++
			if readOnly && alive(whole, bit/8, live) {
				t.Errorf("%s: a bit that matters, and nobody noticed", where)
			}
		}
		// Even in a damaged journal, what is read is what was written, or an older
		// state of it, or nothing: bodies and notes never change.
		for key, text := range got {
			if wanted, ok := want[key]; ok && text != wanted && len(key) > 12 && (key[:4] == "cons" || key[:4] == "subm") {
				t.Errorf("%s: %s reads otherwise", where, key[:12])
			}
		}
		// Writing goes on or is refused; it must not crash or hang.
		if !j.readOnly {
			c := consultation("après", acted)
			if _, _, err := j.Record(ctx, c, submission(c)); err != nil && !isDamaged(err) {
				t.Errorf("%s: record: %v", where, err)
			}
		}
		if err := j.Close(); err != nil {
			t.Errorf("%s: close: %v", where, err)
		}
	}
	t.Logf("%d flips in %d pages, %d of them in use: %d refused for reading only, %d reported, %d harmless; %d salvaged with %d entries lost",
		flips, len(whole)/4096, len(live), refused, reported, harmless, salvaged, lost)
}

// livePages lists the pages of a file that are in use.
func livePages(t *testing.T, path string) (pages []int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	w := &walker{file: f}
	if err := w.walk(uint64(info.Size())); err != nil || w.pageSize != 4096 {
		t.Skipf("pages of %d bytes, %v", w.pageSize, err)
	}
	for i := range int(w.high) {
		if w.used[i/64]&(1<<(i%64)) != 0 {
			pages = append(pages, i)
		}
	}
	return pages
}

// alive reports whether a byte of a page that is in use means something: it is part
// of a leaf's or a branch's table, or of a key or value.
func alive(file []byte, at int, live []int) bool {
	e := binary.NativeEndian
	for _, page := range live {
		start := page * 4096
		if at < start || page < 2 {
			continue
		}
		b := file[start:]
		flags, count := e.Uint16(b[8:]), int(e.Uint16(b[10:]))
		if flags != flagLeaf && flags != flagBranch || at >= start+(int(e.Uint32(b[12:]))+1)*4096 {
			continue // an overflow page belongs to the page before it
		}
		at := at - start
		if at < 12 {
			return true
		}
		for i := range count {
			table := pageHeader + i*pageElement
			el := b[table:]
			if at >= table && at < table+pageElement {
				return flags == flagLeaf || at < table+8
			}
			pos, size := int(e.Uint32(el[4:])), int(e.Uint32(el[8:])+e.Uint32(el[12:]))
			if flags == flagBranch {
				pos, size = int(e.Uint32(el)), int(e.Uint32(el[4:]))
			}
			// Of a small bucket that is kept inside, the rows are looked at elsewhere.
			if inside := flags == flagLeaf && e.Uint32(el) == elementBucket; !inside && at >= table+pos && at < table+pos+size {
				return flags == flagLeaf
			}
		}
	}
	return false
}

// TestLiveValueFlips changes every kind of value in its place, through bbolt, so
// that pages are sound and only our own authentication can tell.
func TestLiveValueFlips(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := mustOpen(t, dir, nil)
	fill(t, j, 20)
	fillKept(t, j)
	if r := mustBeSound(t, j); r.Entries != 25 {
		t.Fatal(r.Entries)
	}
	changed := 0
	for _, name := range allBuckets {
		var keys [][]byte
		for k := range rawRows(t, j, name) {
			keys = append(keys, []byte(k))
		}
		for range 12 {
			key := keys[mrand.IntN(len(keys))]
			value := rawRows(t, j, name)[string(key)]
			// A row: one bit of its value or, when it has none, of its key.
			newKey, newValue := append([]byte(nil), key...), append([]byte(nil), value...)
			target := newValue
			if len(value) == 0 || mrand.IntN(3) == 0 && string(name) != "meta" {
				target = newKey
			}
			target[mrand.IntN(len(target))] ^= 1 << mrand.IntN(8)
			if _, taken := rawRows(t, j, name)[string(newKey)]; taken && string(newKey) != string(key) {
				continue // it would write over a neighbour, which this test could not undo
			}
			rawPut(t, j, name, key, nil)
			rawPut(t, j, name, newKey, newValue)
			r, err := j.Verify(ctx)
			isIdentity := string(key) == string(keyJournal)
			if err != nil || len(r.Problems) == 0 && !isIdentity {
				t.Errorf("%s: a flipped bit went unseen, %v", name, err)
			}
			if isIdentity {
				// Read when the journal is opened, and mended where its text is whole.
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
				if mended, err := Open(dir, nil); err == nil {
					if mended.Salvaged() == nil {
						t.Error("a flipped identity went unseen")
					}
					if err := mended.Close(); err != nil {
						t.Fatal(err)
					}
				}
				j = reopenRaw(t, dir, j)
			}
			rawPut(t, j, name, newKey, nil)
			rawPut(t, j, name, key, value)
			changed++
		}
	}
	mustBeSound(t, j)
	t.Logf("%d values changed, each seen", changed)
}

// TestValuesSwapped moves sealed values of the same kind to one another's place.
func TestValuesSwapped(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	fill(t, j, 10)
	fillKept(t, j)
	fillKept(t, j)
	other := consultation("", acted).Patient
	other.INS = record.INS{}
	if err := j.OpenedCard(ctx, other, updated("2026-03-01"), acted); err != nil {
		t.Fatal(err)
	}
	for _, name := range [][]byte{bucketEntries, bucketItems, bucketIDs, bucketNewest, bucketDrafts, bucketPhotos, bucketHandover} {
		rows := rawRows(t, j, name)
		var keys []string
		for k := range rows {
			if len(keys) == 0 || string(rows[k]) != string(rows[keys[0]]) {
				keys = append(keys, k)
			}
		}
		if len(keys) < 2 {
			t.Fatalf("%s: no two rows differ", name)
		}
		a, b := keys[0], keys[1]
		rawPut(t, j, name, []byte(a), rows[b])
		rawPut(t, j, name, []byte(b), rows[a])
		r, err := j.Verify(ctx)
		if err != nil || len(r.Problems) == 0 {
			t.Errorf("%s: swapped rows went unseen, %v", name, err)
		}
		rawPut(t, j, name, []byte(a), rows[a])
		rawPut(t, j, name, []byte(b), rows[b])
	}
	mustBeSound(t, j)
}

// TestCutAtTheEnd removes the last entry with everything that belongs to it.
func TestCutAtTheEnd(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	fill(t, j, 5)
	for _, name := range allBuckets[1:] {
		for k, v := range rawRows(t, j, name) {
			seq, _ := keySeq([]byte(k))
			if string(name) == "ids" {
				seq, _ = keySeq([]byte(v))
			}
			if string(name) == "entries" || string(name) == "items" {
				seq, _ = keySeq([]byte(k)[:8])
			}
			if seq == 5 {
				rawPut(t, j, name, []byte(k), nil)
			}
		}
	}
	r, err := j.Verify(ctx)
	if err != nil || len(r.Problems) == 0 {
		t.Errorf("got %v, %v", r.Problems, err)
	}
}

// TestOneDamagedItemHoldsUpNoOther checks what goes on working.
func TestOneDamagedItemHoldsUpNoOther(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	for i := range 5 {
		mustRecord(t, j, fmt.Sprint("note ", i), acted.Add(time.Duration(i)*time.Hour))
	}
	row := rawRows(t, j, bucketItems)[string(itemKey(1, 0))]
	row[len(row)/2] ^= 4
	rawPut(t, j, bucketItems, itemKey(1, 0), row)

	items, err := j.Waiting(ctx)
	if err != nil || len(items) != 4 {
		t.Fatalf("waiting: got %d, %v, want the 4 others", len(items), err)
	}
	if _, ok, err := j.NextDue(ctx); !ok || err != nil {
		t.Errorf("next due: got %v, %v", ok, err)
	}
	if c, err := j.Counts(ctx); err != nil || c.Damaged != 1 || c.Pending != 5 {
		t.Errorf("counts: got %+v, %v", c, err)
	}
	if _, err := j.Begin(ctx, items[0], acted); err != nil {
		t.Errorf("begin: %v", err)
	}
	n := 0
	err = j.Entries(ctx, func(EntryInfo) error { n++; return nil })
	wantReason(t, err, record.CodeInternal, ReasonJournalDamaged)
	if n != 4 {
		t.Errorf("entries: got %d, want 4", n)
	}
	mustRecord(t, j, "et la suite", acted)
	if r, err := j.Verify(ctx); err != nil || len(r.Problems) == 0 {
		t.Errorf("verify: got %v, %v", r, err)
	}
}
