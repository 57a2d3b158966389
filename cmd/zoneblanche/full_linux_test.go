package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fullDisk fills a small file system of its own, tries to record on it, then makes
// room and looks at what the journal says. It runs in a mount namespace, so that
// nothing is left behind.
const fullDisk = `
set -u
mount -t tmpfs -o size=2m none "$MNT"
mkdir "$MNT/data" && cp -r "$DATA/." "$MNT/data"
zoneblanche scan "$SHEET" --data "$MNT/data" --record --author 99970000008 --note première >"$OUT/first" 2>&1
echo "first $?"
dd if=/dev/zero of="$MNT/fill" bs=4096 2>/dev/null
cp "$MNT/data/journal.db" "$OUT/before.db"
# A bbolt file has room of its own at first: record until the disk itself says no.
code=0
for i in $(seq 60); do
	zoneblanche scan "$SHEET" --data "$MNT/data" --record --author 99970000008 --note "$BIG $i" >"$OUT/full" 2>"$OUT/full.err"
	code=$?
	[ $code = 0 ] || break
done
echo "full $code after $i"
rm "$MNT/fill"
zoneblanche journal verify --json --data "$MNT/data"
echo "verify $?"
zoneblanche journal list --json --data "$MNT/data" | wc -l
zoneblanche scan "$SHEET" --data "$MNT/data" --record --author 99970000008 --note "$BIG $i" >"$OUT/again" 2>&1
echo "again $?"
find "$MNT/data" -name '.zb-*' -o -name '*.tmp' -o -name '*.new'
`

func TestFullDiskWhileRecording(t *testing.T) {
	data := practice(t)
	sheet := filepath.Join(t.TempDir(), "sheet.pdf")
	must(t, "print", patientFile("aucune-allergie-connue"), "-o", sheet, "--data", data)
	out := t.TempDir()
	args := []string{"-m", "sh", "-c", fullDisk}
	if os.Getuid() != 0 {
		args = append([]string{"-r"}, args...)
	}
	cmd := exec.Command("unshare", args...)
	cmd.Env = append(os.Environ(), "MNT="+t.TempDir(), "DATA="+data, "SHEET="+sheet, "OUT="+out, "BIG="+strings.Repeat("note ", 6000))
	printed, err := cmd.CombinedOutput()
	got := string(printed)
	if err != nil && !strings.Contains(got, "first") {
		t.Skipf("this machine lets nobody mount a small file system: %v, %s", err, got)
	}
	for _, want := range []string{"first 0", "full 1 after", `"ok":true`, "verify 0", "again 0"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in:\n%s", want, got)
		}
	}
	said, _ := os.ReadFile(filepath.Join(out, "full.err"))
	if !strings.Contains(string(said), "Le disque est plein : rien n’a été enregistré.") {
		t.Errorf("got %q, want a sentence about the disk", said)
	}
	shown, _ := os.ReadFile(filepath.Join(out, "full"))
	if strings.Contains(string(shown), "enregistrée dans le journal") {
		t.Error("success was printed for an entry that was not recorded")
	}
	if !strings.Contains(string(shown), "Allergies") {
		t.Error("the summary was not shown: the doctor needs it whatever the disk does")
	}
}
