package trust

import (
	"bytes"
	"encoding/base64"
	"errors"
)

// armorColumns is the width of a line of base64.
const armorColumns = 64

var errArmor = errors.New("not the lines of text that were expected, or cut short")

// encodeArmor writes data as lines of text that survive a mail and name what
// they are.
func encodeArmor(label string, data []byte) []byte {
	text := base64.StdEncoding.EncodeToString(data)
	var b bytes.Buffer
	b.WriteString("-----BEGIN " + label + "-----\n")
	for len(text) > armorColumns {
		b.WriteString(text[:armorColumns] + "\n")
		text = text[armorColumns:]
	}
	b.WriteString(text + "\n-----END " + label + "-----\n")
	return b.Bytes()
}

// decodeArmor reads what encodeArmor wrote. It forgives what mail programs and
// editors do around lines (a byte order mark, CR LF, blank lines before and
// after) and nothing inside them.
func decodeArmor(label string, text []byte, limit int) ([]byte, error) {
	if len(text) > 2*limit+1024 {
		return nil, errTooLarge
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	text = bytes.ReplaceAll(bytes.Trim(text, " \t\r\n"), []byte("\r\n"), []byte("\n"))
	lines := bytes.Split(text, []byte("\n"))
	last := len(lines) - 1
	if last < 2 || string(lines[0]) != "-----BEGIN "+label+"-----" || string(lines[last]) != "-----END "+label+"-----" {
		return nil, errArmor
	}
	var body []byte
	for i, line := range lines[1:last] {
		final := i == last-2
		if len(line) > armorColumns || len(line) == 0 || !final && len(line) < armorColumns || bytes.ContainsRune(line, '\r') {
			return nil, errArmor
		}
		body = append(body, line...)
	}
	data := make([]byte, base64.StdEncoding.DecodedLen(len(body)))
	n, err := base64.StdEncoding.Strict().Decode(data, body)
	if err != nil {
		return nil, errArmor
	}
	if n > limit {
		return nil, errTooLarge
	}
	return data[:n], nil
}
