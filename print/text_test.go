package print

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func loaded(t testing.TB) *faces {
	t.Helper()
	f, err := loadFaces()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFontsHaveEveryEuropeanLetter(t *testing.T) {
	f := loaded(t)
	for _, block := range [][2]rune{{0x20, 0x7E}, {0xA0, 0x24F}, {0x391, 0x3CE}, {0x400, 0x45F}, {0x1E00, 0x1EFF}} {
		for r := block[0]; r <= block[1]; r++ {
			if unicode.IsPrint(r) && !f.has(r) {
				t.Errorf("the fonts lack %U %c", r, r)
			}
		}
	}
	for _, r := range "\uFFFD…–’«»•°µ²³½€œŒ\u00a0\u202f×±" {
		if !f.has(r) {
			t.Errorf("the fonts lack %U %c", r, r)
		}
	}
	for _, r := range "漢م😀\uE000" {
		if f.has(r) {
			t.Errorf("the fonts pretend to have %U", r)
		}
	}
}

func TestClean(t *testing.T) {
	has := loaded(t).has
	for name, test := range map[string]struct {
		in, want string
		lost     int
	}{
		"plain":              {"Pénicilline 1 g", "Pénicilline 1 g", 0},
		"controls":           {"a\x00b\x1bc\x7f", "abc", 0},
		"lines and tabs":     {"a\r\n\t b\u2028c", "a b c", 0},
		"reversed direction": {"10\u202e00\u202c mg", "1000 mg", 0},
		"invisible":          {"a\u200bb\ufeffc\u00add", "abcd", 0},
		"accents apart":      {"E\u0301le\u0300ve Z\u030c S\u0326", "Élève Ž Ș", 0},
		"markup":             {"<b>x</b> & <script>", "<b>x</b> & <script>", 0},
		"signs":              {"≥ 3 ≤ 4 → 5", ">= 3 <= 4 -> 5", 0},
		"another script":     {"漢x", "\uFFFDx", 1},
		"beyond the plane":   {"😀", "\uFFFD", 1},
		"broken bytes":       {"a\xff", "a\uFFFD", 1},
		"unbreakable spaces": {"1\u00a0000\u202fmg", "1\u00a0000\u202fmg", 0},
	} {
		got, lost := clean(test.in, has)
		if got != test.want || lost != test.lost {
			t.Errorf("%s: got %q, %d lost, want %q, %d", name, got, lost, test.want, test.lost)
		}
	}
}

func setter(t testing.TB) *typesetter {
	return &typesetter{faces: loaded(t), cleaned: map[string]cleanText{}}
}

func joined(lines []line) []string {
	var out []string
	for _, l := range lines {
		s := ""
		for _, r := range l.runs {
			s += r.text
		}
		out = append(out, s)
	}
	return out
}

func TestLinesKeepTogetherWhatBelongsTogether(t *testing.T) {
	set := setter(t)
	for _, whole := range []string{"500 mg", "2 gélules", "3 comprimés", "1 000 mg", "100 UI/ml", "mL/min", "38 %", "Attention !", "« oui »", "2 kg"} {
		text := strings.Repeat("mot ", 30) + whole + strings.Repeat(" mot", 30)
		for width := 25.0; width < 60; width += 0.7 {
			found := false
			for _, l := range joined(set.lines([]span{{text: text, size: 11}}, width)) {
				found = found || strings.Contains(l, whole)
			}
			if !found {
				t.Errorf("%q is parted at a width of %.1f", whole, width)
			}
		}
	}
}

func TestLinesLoseNothingAndFit(t *testing.T) {
	set := setter(t)
	alphabet := rapid.SampledFrom([]rune("aaabcdeéWil  '-/:;0123456789.,«»\u00a0"))
	rapid.Check(t, func(t *rapid.T) {
		var spans []span
		want := ""
		for range rapid.IntRange(1, 4).Draw(t, "spans") {
			s := span{
				text: string(rapid.SliceOfN(alphabet, 0, 120).Draw(t, "text")),
				bold: rapid.Bool().Draw(t, "bold"), size: rapid.Float64Range(8, 23).Draw(t, "size"),
			}
			want += s.text
			spans = append(spans, s)
		}
		width := rapid.Float64Range(12, 184).Draw(t, "width")
		lines := set.lines(spans, width)
		got := ""
		for i, l := range lines {
			if l.width > width+1e-6 {
				t.Fatalf("line %d is %.2f wide, more than %.2f", i, l.width, width)
			}
			got += joined(lines[i : i+1])[0]
		}
		strip := strings.NewReplacer(" ", "")
		if strip.Replace(got) != strip.Replace(want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}
