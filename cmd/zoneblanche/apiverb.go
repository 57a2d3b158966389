package main

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/record"
)

// This file has the verbs that let the practice's own software in (doc/api.md), and
// the file that they keep.

// apiFile is who may ask, in the data folder.
const apiFile = "api.json"

const (
	maxPrograms    = 64
	maxProgramName = 60 // characters
)

// program is software that was let in. A token has 130 random bits, so that one pass
// of SHA-256 keeps it: there is nothing to guess.
type program struct {
	Name  string    `json:"name"`
	Added time.Time `json:"added"`
	Sum   []byte    `json:"sum"` // SHA-256 of the token
}

// readPrograms reads the file, which need not exist.
func readPrograms(data string) ([]program, error) {
	path := filepath.Join(data, apiFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, aboutFile(path, err)
	}
	var list []program
	if err := json.Unmarshal(text, &list); err != nil || len(list) > maxPrograms {
		return nil, aboutFile(path, &record.Error{Code: record.CodeInvalid, Op: "read programs", Reason: reasonPrograms, Err: err})
	}
	return list, nil
}

const reasonPrograms = "programs_damaged"

func writePrograms(data string, list []program) error {
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(data, apiFile), text, 0o600)
}

// allows reports whether a token is one of a program that is let in. The file is read
// each time, so that a removed program is out at once.
func allows(data, token string) bool {
	list, err := readPrograms(data)
	if err != nil || token == "" {
		return false
	}
	sum := sha256.Sum256([]byte(token))
	allowed := 0
	for _, p := range list {
		allowed |= subtle.ConstantTimeCompare(p.Sum, sum[:])
	}
	return allowed == 1
}

func newAPI(a *app) *cobra.Command {
	return group("api", helpAPI, newAPIAdd(a), newAPIList(a), newAPIRemove(a))
}

// programAdded is what api add --json tells. The token is told once.
type programAdded struct {
	Name  string `json:"name"`
	Token string `json:"token"`
}

func newAPIAdd(a *app) *cobra.Command {
	cmd := verb("add NOM", helpAPIAdd, exactly(1, sayOneProgram), func(cmd *cobra.Command, args []string) error {
		name := strings.Join(strings.Fields(args[0]), " ")
		if name == "" || utf8.RuneCountInString(name) > maxProgramName || clean(name) != name {
			return &usageError{cmd: cmd, say: sayOneProgram}
		}
		data, list, err := a.programs()
		if err != nil {
			return err
		}
		if programNamed(list, name) >= 0 {
			return &plainError{say: sayProgramThere, next: nextProgramThere, code: exitFailed}
		}
		if len(list) == maxPrograms {
			return &plainError{say: sayProgramsFull, next: nextProgramsFull, code: exitFailed}
		}
		if err := os.MkdirAll(data, 0o700); err != nil {
			return aboutFile(data, err)
		}
		token := rand.Text()
		sum := sha256.Sum256([]byte(token))
		if err := writePrograms(data, append(list, program{name, time.Now().UTC().Truncate(time.Second), sum[:]})); err != nil {
			return aboutFile(filepath.Join(data, apiFile), err)
		}
		if a.asJSON {
			return a.json(programAdded{name, token})
		}
		a.printf(sayProgramAdded, name, a.bold(token))
		return nil
	})
	a.jsonFlag(cmd.Flags())
	return cmd
}

// programListed is one line of api list --json.
type programListed struct {
	Name  string    `json:"name"`
	Added time.Time `json:"added"`
}

func newAPIList(a *app) *cobra.Command {
	cmd := verb("list", helpAPIList, exactly(0, sayNoArguments), func(*cobra.Command, []string) error {
		_, list, err := a.programs()
		if err != nil {
			return err
		}
		if len(list) == 0 && !a.asJSON {
			a.printf("%s\n", sayNoPrograms)
		}
		for _, p := range list {
			if a.asJSON {
				if err := a.json(programListed{p.Name, p.Added}); err != nil {
					return err
				}
				continue
			}
			a.printf(sayProgramLine, clean(p.Name), record.DayOf(p.Added.Local()).French())
		}
		return nil
	})
	a.jsonFlag(cmd.Flags())
	return cmd
}

func newAPIRemove(a *app) *cobra.Command {
	return verb("remove NOM", helpAPIRemove, exactly(1, sayOneProgram), func(_ *cobra.Command, args []string) error {
		data, list, err := a.programs()
		if err != nil {
			return err
		}
		i := programNamed(list, args[0])
		if i < 0 {
			return &plainError{say: sayProgramMissing, next: nextProgramMissing, code: exitFailed}
		}
		if err := writePrograms(data, slices.Delete(list, i, i+1)); err != nil {
			return aboutFile(filepath.Join(data, apiFile), err)
		}
		a.printf(sayProgramRemoved, clean(args[0]))
		return nil
	})
}

func (a *app) programs() (data string, list []program, err error) {
	if data, err = a.folder(); err != nil {
		return "", nil, err
	}
	list, err = readPrograms(data)
	return data, list, err
}

func programNamed(list []program, name string) int {
	return slices.IndexFunc(list, func(p program) bool { return p.Name == name })
}
