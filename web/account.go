package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/record"
)

// Account is somebody who may sign in on this machine. The RPPS number is declared,
// not proved.
type Account struct {
	Name string `json:"name"`
	RPPS string `json:"rpps"`
	Hash hash   `json:"hash"`
}

func (a Account) author() record.Author { return record.Author{Name: a.Name, RPPS: a.RPPS} }

// sameAs reports whether both are one person's: a name is taken once.
func (a Account) sameAs(b Account) bool { return a.Name == b.Name && a.RPPS == b.RPPS }

// hash is a password through Argon2id (RFC 9106). The parameters are kept with it,
// so that they can grow.
type hash struct {
	Salt    []byte `json:"salt"`
	Sum     []byte `json:"sum"`
	Time    uint32 `json:"time"`
	Memory  uint32 `json:"memory"` // KiB
	Threads uint8  `json:"threads"`
}

// The parameters of new hashes: the second recommended option of RFC 9106, which
// fits machines with little memory.
const (
	hashTime    = 3
	hashMemory  = 64 << 10
	hashThreads = 4
	hashSize    = 32
	// maxHashMemory bounds what a file may ask for.
	maxHashMemory = 1 << 20
)

// Bounds of what an account may hold, in characters.
const (
	MinPassword = 10
	maxPassword = 200
	maxName     = 100
	maxAccounts = 64
)

// Reasons of errors about accounts.
const (
	ReasonAccounts  = "accounts_damaged" // the file is not what was written
	ReasonAccount   = "account"          // name, number or password cannot be taken
	ReasonNameTaken = "account_exists"
)

// Accounts is the file of those who may sign in. Its methods may be called from
// several goroutines; one password is hashed at a time, because each takes 64 MiB.
type Accounts struct {
	mu   sync.Mutex
	path string
	list []Account
}

// OpenAccounts reads the file, which need not exist yet.
func OpenAccounts(path string) (*Accounts, error) {
	a := &Accounts{path: path}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	damaged := func(err error) error {
		return &record.Error{Code: record.CodeInvalid, Op: "read accounts", Reason: ReasonAccounts, Err: err}
	}
	if err := json.Unmarshal(data, &a.list); err != nil {
		return nil, damaged(err)
	}
	for _, one := range a.list {
		h := one.Hash
		if one.Name == "" || len(h.Sum) != hashSize || len(h.Salt) < 8 || h.Time == 0 || h.Time > 100 ||
			h.Memory == 0 || h.Memory > maxHashMemory || h.Threads == 0 {
			return nil, damaged(nil)
		}
	}
	return a, nil
}

// Empty reports whether nobody can sign in yet.
func (a *Accounts) Empty() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.list) == 0
}

// Add makes an account and returns when it is on disk.
func (a *Accounts) Add(name, rpps, password string) (Account, error) {
	name = strings.Join(strings.Fields(name), " ")
	refuse := func(reason string) (Account, error) {
		return Account{}, &record.Error{Code: record.CodeInvalid, Op: "add account", Reason: reason}
	}
	n := utf8.RuneCountInString(password)
	if name == "" || len(name) > maxName || !record.LooksLikeRPPS(rpps) || n < MinPassword || n > maxPassword {
		return refuse(ReasonAccount)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range a.list {
		if strings.EqualFold(one.Name, name) {
			return refuse(ReasonNameTaken)
		}
	}
	if len(a.list) == maxAccounts {
		return refuse(ReasonAccount)
	}
	h := hash{Salt: make([]byte, 16), Time: hashTime, Memory: hashMemory, Threads: hashThreads}
	_, _ = rand.Read(h.Salt) // never fails
	h.Sum = h.of(password)
	added := Account{Name: name, RPPS: rpps, Hash: h}
	list := append(a.list[:len(a.list):len(a.list)], added)
	data, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return Account{}, err
	}
	if err := atomicfile.Write(a.path, data, 0o600); err != nil {
		return Account{}, err
	}
	a.list = list
	return added, nil
}

// Check returns the account of that name when the password is its own. A name that
// is not there takes as long as one that is.
func (a *Accounts) Check(name, password string) (Account, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	name = strings.Join(strings.Fields(name), " ")
	found := Account{Hash: hash{Salt: make([]byte, 16), Sum: make([]byte, hashSize), Time: hashTime, Memory: hashMemory, Threads: hashThreads}}
	for _, one := range a.list {
		if strings.EqualFold(one.Name, name) {
			found = one
		}
	}
	if len(password) > 4*maxPassword {
		password = ""
	}
	same := subtle.ConstantTimeCompare(found.Hash.of(password), found.Hash.Sum) == 1
	return found, same && found.Name != ""
}

// known reports whether there is an account of that name.
func (a *Accounts) known(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range a.list {
		if strings.EqualFold(one.Name, name) {
			return true
		}
	}
	return false
}

func (h hash) of(password string) []byte {
	return argon2.IDKey([]byte(password), h.Salt, h.Time, h.Memory, h.Threads, hashSize)
}

// NewToken draws the one-time token with which an account is made: 50 bits, in two
// groups of five.
func NewToken() string {
	var raw [7]byte
	_, _ = rand.Read(raw[:])
	s := base32.StdEncoding.EncodeToString(raw[:])[:10]
	return s[:5] + "-" + s[5:]
}

// sameToken compares what was typed, case and spaces and dashes aside.
func sameToken(typed, token string) bool {
	clean := func(s string) []byte {
		return []byte(strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(s)))
	}
	return token != "" && subtle.ConstantTimeCompare(clean(typed), clean(token)) == 1
}

// limiter slows down whoever guesses: the first failures cost nothing, each one
// after them twice the wait of the one before.
type limiter struct {
	mu    sync.Mutex
	tries map[string]try
}

type try struct {
	failed int
	until  time.Time
}

const (
	freeTries = 3
	maxWait   = 5 * time.Minute
)

// wait returns how long key must still wait at now.
func (l *limiter) wait(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.tries[key].until.Sub(now), 0)
}

func (l *limiter) failed(key string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tries == nil {
		l.tries = map[string]try{}
	}
	t := l.tries[key]
	t.failed++
	if t.failed > freeTries {
		t.until = now.Add(min(time.Second<<min(t.failed-freeTries, 10), maxWait))
	}
	l.tries[key] = t
}

func (l *limiter) succeeded(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, key)
}
