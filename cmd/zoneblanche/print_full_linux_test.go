package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// fullPrinter prints to a small file system of its own until it is full: a sheet that
// does not fit, then a folder of which some fit.
const fullPrinter = `
set -u
mount -t tmpfs -o size=256k none "$MNT"
dd if=/dev/zero of="$MNT/fill" bs=4096 count=60 2>/dev/null
zoneblanche print "$FOLDER/chambre-00.json" -o "$MNT/one.pdf" --data "$DATA"
echo "one $?"
ls -A "$MNT"
rm "$MNT/fill"
zoneblanche print --batch "$FOLDER" -o "$MNT/sheets" --data "$DATA" >/dev/null
echo "batch $?"
cp -r "$MNT/sheets" "$OUT/sheets"
`

func TestFullDiskWhilePrinting(t *testing.T) {
	out := t.TempDir()
	args := []string{"-m", "sh", "-c", fullPrinter}
	if os.Getuid() != 0 {
		args = append([]string{"-r"}, args...)
	}
	cmd := exec.Command("unshare", args...)
	cmd.Env = append(os.Environ(), "MNT="+t.TempDir(), "DATA="+practice(t), "FOLDER="+folderOf(t, 12), "OUT="+out)
	printed, err := cmd.CombinedOutput()
	got := string(printed)
	if err != nil && !strings.Contains(got, "one ") {
		t.Skipf("this machine lets nobody mount a small file system: %v, %s", err, got)
	}
	if strings.Count(got, "le disque est plein : rien n’a été enregistré.") < 2 {
		t.Errorf("nothing says that the disk is full:\n%s", got)
	}
	for _, want := range []string{"one 1\nfill\n", "batch 3"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in:\n%s", want, got)
		}
	}
	if n := checkWhole(t, out+"/sheets"); n == 0 || n == 12 {
		t.Errorf("%d sheets of 12 on a disk that holds some", n)
	}
}
