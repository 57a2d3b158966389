// Package corpus holds what the measures are made on: public patient summaries,
// sorted into families so that nothing is measured with what was learnt from a
// near copy of it.
package corpus

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/testdata/patients"
)

// File is one summary as the program imports it.
type File struct {
	Name    string
	Family  string
	Summary *record.Summary
	// Entries counts the entries that were imported.
	Entries int
}

// Load reads every Bundle of a folder, sorted by family and name. Where there is no
// such folder it reads the project's own invented patients instead, each of which
// is a family, and public is false.
func Load(dir string) (files []File, public bool, err error) {
	if _, err := os.Stat(dir); err != nil {
		files, err := read(patients.Files)
		return files, false, err
	}
	files, err = read(os.DirFS(dir))
	return files, true, err
}

func read(from fs.FS) ([]File, error) {
	names, err := fs.Glob(from, "*.json")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no summary in the folder: give the folder of the Bundles with -ips")
	}
	var files []File
	for _, name := range names {
		data, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		s, _, err := fhir.ImportBundle(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, File{Name: name, Family: FamilyOf(name), Summary: s, Entries: s.Entries()})
	}
	slices.SortStableFunc(files, func(a, b File) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Name, b.Name))
	})
	return files, nil
}

// FamilyOf is the family of a file: that of the table, or else its own.
func FamilyOf(name string) string {
	for _, f := range families {
		for _, pattern := range f.patterns {
			if ok, _ := path.Match(pattern, name); ok {
				return f.name
			}
		}
	}
	return name[:len(name)-len(path.Ext(name))]
}

// Families lists the families of files, in the order of the files.
func Families(files []File) []string {
	var out []string
	for _, f := range files {
		if !slices.Contains(out, f.Family) {
			out = append(out, f.Family)
		}
	}
	return out
}

// Without are the summaries of every other family.
func Without(files []File, family string) []*record.Summary {
	var out []*record.Summary
	for _, f := range files {
		if f.Family != family {
			out = append(out, f.Summary)
		}
	}
	return out
}
