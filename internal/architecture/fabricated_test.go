package architecture

import (
	"slices"
	"strings"
	"testing"
)

// fabricated is a tree that keeps every rule.
func fabricated() []unit {
	return []unit{
		{path: "cmd/zoneblanche", imports: []string{"./web", "./recipient", "./handover", "./qr", "./qr/scan", "./store", "./sync", "./testdata/patients",
			"./internal/helper", "./record", "github.com/spf13/cobra", "github.com/kardianos/service", "github.com/prometheus/client_golang/prometheus", "os"}},
		{path: "recipient", imports: []string{"github.com/go-jose/go-jose/v4/jwt", "./fhir", "./record", "go.etcd.io/bbolt"}},
		{path: "handover", imports: []string{"./store", "./fhir", "./record", "./internal/helper"}},
		{path: "print", imports: []string{"./record", "codeberg.org/go-pdf/fpdf"}, tests: []string{"./qr", "./qr/scan", "github.com/skip2/go-qrcode"}},
		{path: "fhir", imports: []string{"./record", "encoding/json", "golang.org/x/oauth2", "github.com/go-jose/go-jose/v4"}},
		{path: "sync", imports: []string{"./record", "github.com/cenkalti/backoff/v4"}, tests: []string{"./sync", "./sync/transporttest", "./store"}},
		{path: "sync/transporttest", imports: []string{"./sync", "./record"}},
		{path: "store", imports: []string{"./record", "./internal/helper", "go.etcd.io/bbolt", "go.etcd.io/bbolt/errors", "github.com/zalando/go-keyring", "filippo.io/age"}},
		{path: "trust", imports: []string{"./record", "github.com/veraison/go-cose", "filippo.io/age"}},
		{path: "qr", imports: []string{"./record", "./qr/base45", "github.com/veraison/go-cose", "github.com/skip2/go-qrcode"}},
		{path: "qr/base45"},
		{path: "qr/foreign", imports: []string{"./record", "github.com/boombuler/barcode/datamatrix"}},
		{path: "qr/picture", imports: []string{"./record", "github.com/klippa-app/go-pdfium/requests", "github.com/tetratelabs/wazero"}},
		{path: "qr/scan", imports: []string{"./qr/picture", "github.com/makiuchi-d/gozxing/qrcode/decoder"}},
		{path: "record", imports: []string{"time", "log/slog"}, tests: []string{"os", "pgregory.net/rapid", "./record"}},
		{path: "web", imports: []string{"./record", "html/template"}},
		{path: "internal/helper", imports: []string{"./record", "os"}, tests: []string{"./internal/helper"}},
		{path: "testdata/patients", imports: []string{"embed"}},
	}
}

func TestTheCheckerAcceptsATreeThatKeepsTheRules(t *testing.T) {
	for _, breach := range check(fabricated()) {
		t.Error(breach)
	}
}

func TestTheCheckerSeesEachBreach(t *testing.T) {
	add := func(p, dependency string) func([]unit) []unit {
		return func(units []unit) []unit {
			i := slices.IndexFunc(units, func(u unit) bool { return u.path == p })
			units[i].imports = append(units[i].imports, dependency)
			return units
		}
	}
	addTest := func(p, dependency string) func([]unit) []unit {
		return func(units []unit) []unit {
			i := slices.IndexFunc(units, func(u unit) bool { return u.path == p })
			units[i].tests = append(units[i].tests, dependency)
			return units
		}
	}
	remove := func(p string) func([]unit) []unit {
		return func(units []unit) []unit {
			return slices.DeleteFunc(units, func(u unit) bool { return u.path == p })
		}
	}
	drop := func(p, dependency string) func([]unit) []unit {
		return func(units []unit) []unit {
			i := slices.IndexFunc(units, func(u unit) bool { return u.path == p })
			units[i].imports = slices.DeleteFunc(units[i].imports, func(d string) bool { return d == dependency })
			return units
		}
	}
	for name, c := range map[string]struct {
		spoil func([]unit) []unit
		want  string
	}{
		"an adapter that knows another":         {add("print", "./qr"), "print imports ./qr: both are in row"},
		"an adapter that knows a sub-package":   {add("trust", "./qr/base45"), "trust imports ./qr/base45: both are in row"},
		"the edge that knows itself":            {add("recipient", "./web"), "recipient imports ./web: both are in row"},
		"an adapter that knows the edge":        {add("fhir", "./recipient"), "row \"edge\" stands above"},
		"the edge that knows the wiring":        {add("recipient", "./cmd/zoneblanche"), "row \"wiring\" stands above"},
		"a test that looks up":                  {addTest("store", "./recipient"), "a test of store imports ./recipient"},
		"the domain that knows an adapter":      {add("record", "./qr"), "the domain imports nothing of ours"},
		"the domain that knows a helper":        {add("record", "./internal/helper"), "the domain imports nothing of ours"},
		"the domain's test that knows ours":     {addTest("record", "./internal/helper"), "the domain imports nothing of ours"},
		"a helper that knows an adapter":        {add("internal/helper", "./store"), "helpers import at most the domain"},
		"a helper that knows another":           {add("internal/helper", "./testdata/patients"), "helpers import at most the domain"},
		"a helper's test that knows an adapter": {addTest("internal/helper", "./qr/scan"), "helpers import at most the domain"},
		"sample patients that know an adapter":  {add("testdata/patients", "./fhir"), "helpers import at most the domain"},
		"a package without a place": {func(u []unit) []unit { return append(u, unit{path: "utils"}) },
			"utils has no place"},
		"the domain that opens files":      {add("record", "os"), "record imports os: the domain does no input"},
		"the domain that opens the net":    {add("record", "net/http"), "record imports net/http: the domain does no input"},
		"the domain that reads a database": {add("record", "database/sql"), "record imports database/sql"},
		"the domain that reads folders":    {add("record", "io/fs"), "record imports io/fs"},
		"the domain with a module":         {add("record", "github.com/google/uuid"), "record imports github.com/google/uuid"},
		"a bbolt file of the outbox":       {add("sync", "go.etcd.io/bbolt"), "only store/..., recipient/... may"},
		"a secret asked for elsewhere":     {add("recipient", "github.com/zalando/go-keyring"), "only store/... may"},
		"signatures in the pages' row":     {add("recipient", "github.com/veraison/go-cose"), "only qr/..., trust/... may"},
		"PDF files in the printer":         {add("print", "github.com/klippa-app/go-pdfium"), "only qr/picture may"},
		"PDF files in the card format":     {add("qr", "github.com/klippa-app/go-pdfium/requests"), "only qr/picture may"},
		"WebAssembly in the reader":        {add("qr/scan", "github.com/tetratelabs/wazero"), "only qr/picture may"},
		"symbols drawn by the printer":     {add("print", "github.com/skip2/go-qrcode"), "only qr may"},
		"symbols drawn by a sub-package":   {add("qr/scan", "github.com/skip2/go-qrcode"), "only qr may"},
		"symbols read by the card format":  {add("qr", "github.com/makiuchi-d/gozxing"), "only qr/scan may"},
		"an adapter that tries again":      {add("fhir", "github.com/cenkalti/backoff/v4"), "only sync/... may"},
		"an adapter with flags":            {add("store", "github.com/spf13/cobra"), "only cmd/... may"},
		"an adapter with metrics":          {add("sync", "github.com/prometheus/client_golang/prometheus"), "only cmd/... may"},
		"a sheet laid out by a command":    {add("cmd/zoneblanche", "codeberg.org/go-pdf/fpdf"), "only print/... may"},
		"HTML outside of the pages":        {add("recipient", "html/template"), "only web/... may"},

		"a row's package that is gone": {remove("print"), "no package matches print/..."},
		"a domain that is gone":        {remove("record"), "no package matches record/..."},
		"helpers that are gone":        {remove("internal/helper"), "no package matches internal/..."},
		"a dependency that is gone":    {drop("sync", "github.com/cenkalti/backoff/v4"), "nothing in sync/... imports github.com/cenkalti/backoff"},
		"an owner that gave up":        {drop("recipient", "go.etcd.io/bbolt"), "nothing in recipient/... imports go.etcd.io/bbolt"},
		"pages that are gone":          {remove("web"), "no package matches web/..."},
	} {
		found := check(c.spoil(fabricated()))
		if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, c.want) }) {
			t.Errorf("%s: got %q, want a breach saying %q", name, found, c.want)
		}
	}
}

func TestEveryRuleHasAReason(t *testing.T) {
	for _, r := range rows {
		if r.why == "" {
			t.Errorf("row %s: no reason", r.name)
		}
	}
	for _, r := range onlys {
		if r.why == "" {
			t.Errorf("%s: no reason", r.dependency)
		}
	}
	for _, r := range nevers {
		if r.why == "" {
			t.Errorf("%s: no reason", r.pattern)
		}
	}
}
