package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestAFolderIsChangedByOneAtATime(t *testing.T) {
	f := testFolder(t)
	nothing := func(*List) error { return nil }
	if _, err := f.Change(nil, testNow, nothing); err != nil {
		t.Fatal(err)
	}
	_, err := f.Change(nil, testNow, func(*List) error {
		other, err := OpenFolder(f.Path(""))
		if err != nil {
			return err
		}
		_, err = other.Change(nil, testNow, nothing)
		wantError(t, err, record.CodeLocked, "trust_locked")
		_, _, err = other.ReplaceRoot(nil, testNow, nothing)
		wantError(t, err, record.CodeLocked, "trust_locked")
		_, _, err = other.Install(signedAs(t, 9, testRoot(t, 0)), testNow)
		wantError(t, err, record.CodeLocked, "trust_locked")
		_, err = other.Current() // reading goes on
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.Path(lockFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the lock: got %v, want it gone", err)
	}
}

func TestALockThatACrashLeft(t *testing.T) {
	f, root := testFolder(t), testRoot(t, 0)
	install(t, f, signedAs(t, 1, root))
	if err := os.WriteFile(f.Path(lockFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := f.Install(signedAs(t, 2, root), testNow)
	wantError(t, err, record.CodeLocked, "trust_locked")
	for _, at := range []time.Duration{-lockAge, time.Hour} { // or a clock that was set back since
		then := time.Now().Add(at)
		if err := os.Chtimes(f.Path(lockFile), then, then); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		install(t, f, signedAs(t, 2, root))
		if err := os.WriteFile(f.Path(lockFile), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Several keepers at once: whatever was said to be revoked is on the list.
func TestNoRevocationIsLost(t *testing.T) {
	f := testFolder(t)
	if _, err := f.Change(nil, testNow, func(*List) error { return nil }); err != nil {
		t.Fatal(err)
	}
	const keepers = 4
	var wg sync.WaitGroup
	for n := range keepers {
		wg.Go(func() {
			mine, err := OpenFolder(f.Path(""))
			if err != nil {
				t.Error(err)
				return
			}
			for range 500 {
				_, err = mine.Change(nil, testNow, func(l *List) error { return l.RevokeCard(fmt.Appendf(nil, "carte--%d", n), testNow) })
				if record.ReasonOf(err) != "trust_locked" {
					break
				}
				time.Sleep(time.Millisecond)
			}
			if err != nil {
				t.Errorf("keeper %d: %v", n, err)
			}
		})
	}
	wg.Wait()
	l, err := f.Current()
	if err != nil {
		t.Fatal(err)
	}
	for n := range keepers {
		if _, ok := l.RevokedCard(fmt.Appendf(nil, "carte--%d", n)); !ok {
			t.Errorf("card %d is not revoked", n)
		}
	}
}
