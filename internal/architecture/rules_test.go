package architecture

// A pattern is a package's path within the module, or a path followed by "/..."
// for a package and everything below it.

// row is one layer: its packages import what stands in rows below, and packages
// of one row do not know each other. A package and its own sub-packages count as
// one.
type row struct {
	name     string
	patterns []string
	why      string
}

// rows are the layers, from the top down.
var rows = []row{
	{"wiring", []string{"cmd/..."},
		"commands put the other packages together, and nothing depends on them"},
	{"edge", []string{"web/...", "recipient/...", "handover/..."},
		"pages, the demonstration recipient and the hand-over stand on the adapters, not on each other"},
	{"adapters", []string{"print/...", "fhir/...", "sync/...", "store/...", "trust/...", "qr/..."},
		"one technology each; they meet through the types of record and small interfaces of their own, so that each can be read, tested and replaced alone"},
	{"domain", []string{"record/..."},
		"the rules of the programme hold whatever the technology, so they know none"},
}

// support may be imported by every row but the domain, and imports at most the
// domain itself, in its tests too: a helper that knows an adapter ties whoever
// uses it to that adapter.
var support = []string{"internal/...", "testdata/..."}

// only is a dependency that belongs to few packages, tests excepted.
type only struct {
	dependency string // a module or standard package, and whatever is below it
	allowed    []string
	why        string
}

var onlys = []only{
	{"go.etcd.io/bbolt", []string{"store/...", "recipient/..."},
		"a file has one owner: whoever else wants its content asks"},
	{"github.com/zalando/go-keyring", []string{"store/..."},
		"one place asks the platform for a secret"},
	{"filippo.io/age", []string{"store/...", "trust/..."},
		"passphrases seal keys, in the two places that keep some"},
	{"github.com/veraison/go-cose", []string{"qr/...", "trust/..."},
		"signatures are made and checked in the two places that were reviewed for it"},
	{"github.com/klippa-app/go-pdfium", []string{"qr/picture"},
		"hostile PDF files are opened in one place, inside WebAssembly"},
	{"github.com/tetratelabs/wazero", []string{"qr/picture"},
		"the WebAssembly runtime is there for PDF files only, and its limits are set there"},
	{"github.com/skip2/go-qrcode", []string{"qr"},
		"a symbol's parameters are part of the card format; print and pages get modules to draw"},
	{"github.com/makiuchi-d/gozxing", []string{"qr/scan"},
		"the decoder panics and loops on some pictures, and the fences are there"},
	{"github.com/boombuler/barcode", []string{"qr/foreign"},
		"one symbol that is not ours is printed, the identity's, and its parameters stand beside its reader"},
	{"github.com/cenkalti/backoff", []string{"sync/..."},
		"only the scheduler decides when to try again"},
	{"golang.org/x/oauth2", []string{"fhir/..."},
		"tokens are asked for, kept and forgotten in one place, which never shows them"},
	{"github.com/go-jose/go-jose", []string{"fhir/...", "recipient/..."},
		"assertions are signed where tokens are asked for and checked by the other end, and nowhere else"},
	{"github.com/spf13/cobra", []string{"cmd/..."},
		"flags and configuration are the commands' business; the rest takes options"},
	{"github.com/prometheus/client_golang", []string{"cmd/..."},
		"metrics are shown by the program that runs; packages tell events, not counters"},
	{"github.com/kardianos/service", []string{"cmd/..."},
		"whether the program is a service is the commands' business"},
	{"codeberg.org/go-pdf/fpdf", []string{"print/..."},
		"the sheet is laid out in one place"},
	{"html/template", []string{"web/..."},
		"only pages write HTML, so that escaping and the content policy are kept in one place"},
}

// never is what one package must not import, tests excepted.
type never struct {
	pattern    string
	dependency []string
	why        string
}

// thirdParty stands for every package outside of the module and the standard
// library.
const thirdParty = "third-party modules"

var nevers = []never{
	{"record/...", []string{"os", "net", "io/fs", "io/ioutil", "path/filepath", "database", "syscall", "embed", thirdParty},
		"the domain does no input or output"},
}
