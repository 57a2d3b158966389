package daemon

import (
	"crypto/sha1" // Windows defines its identifiers by it
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// ServiceSID is the security identifier of a service's virtual account, which Windows
// derives from its name: S-1-5-80 and the five words of the SHA-1 of the name in upper
// case, UTF-16.
func ServiceSID(name string) string {
	var text []byte
	for _, unit := range utf16.Encode([]rune(strings.ToUpper(name))) {
		text = binary.LittleEndian.AppendUint16(text, unit)
	}
	sum := sha1.Sum(text)
	sid := "S-1-5-80"
	for i := 0; i < len(sum); i += 4 {
		sid += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(sum[i:]))
	}
	return sid
}

// FolderAccess is the access list of the data folder, in SDDL: the service's account
// and the administrators, who can take any file anyway, and nothing from the folder
// above.
func FolderAccess() string {
	return "D:P(A;OICI;FA;;;" + ServiceSID(WindowsName) + ")(A;OICI;FA;;;BA)"
}

// CommandLine is the service's command line, as CommandLineToArgvW reads it.
func (p Plan) CommandLine() string {
	words := []string{quoteWindows(p.Program)}
	for _, arg := range p.Arguments() {
		words = append(words, quoteWindows(arg))
	}
	return strings.Join(words, " ")
}

// quoteWindows doubles the backslashes that stand before a quote, and only those.
func quoteWindows(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\"") {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for i := range len(s) {
		switch s[i] {
		case '\\':
			slashes++
			continue
		case '"':
			b.WriteString(strings.Repeat(`\`, 2*slashes+1))
		default:
			b.WriteString(strings.Repeat(`\`, slashes))
		}
		slashes = 0
		b.WriteByte(s[i])
	}
	b.WriteString(strings.Repeat(`\`, 2*slashes) + `"`)
	return b.String()
}
