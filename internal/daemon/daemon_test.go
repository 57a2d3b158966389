package daemon

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// plain is the plan of most practices; awkward has a name for everything that a
// description could take for its own syntax.
func plain(p Platform) Plan {
	plan := Plan{
		Platform: p, Title: "Zone Blanche", Description: "Journal, pages et envoi.", Account: AccountOn(p),
		Program: "/usr/local/bin/zoneblanche", Data: "/var/lib/zoneblanche", Cache: "/var/cache/zoneblanche",
		Listen: "127.0.0.1:8484", Args: []string{"--url=https://destinataire.exemple/fhir"},
	}
	switch p {
	case Launchd:
		plan.Data, plan.Cache = "/Library/Application Support/ZoneBlanche/journal", "/Library/Caches/ZoneBlanche"
	case Windows:
		plan.Program, plan.Data, plan.Cache = `C:\Program Files\Zone Blanche\zoneblanche.exe`, `C:\ProgramData\ZoneBlanche\journal`, ""
	}
	return plan
}

func awkward() Plan {
	p := plain(Systemd)
	p.Program = `/opt/zone blanche 100%h;#/zoneblanche`
	p.Data = `/srv/le journal/50%\d'été`
	p.Args = []string{`--url=https://a.exemple/fhir?q=$HOME&r="%i"`, "--hook=/opt/a b/{{dire}} #1"}
	p.Files = []File{{"client-key", "/etc/zone blanche/clé 1%.pem"}, {"ca", "/etc/ca.pem"}}
	p.Writes = []string{"/srv/logiciel médical/dépôt"}
	p.StoreKey, p.StoreKeySealed = "/etc/credstore.encrypted/"+StoreKeyCredential, true
	return p
}

func TestGolden(t *testing.T) {
	for name, got := range map[string]string{
		"plain.service":   plain(Systemd).Unit(),
		"awkward.service": awkward().Unit(),
		"job.plist":       plain(Launchd).Plist(),
		"newsyslog.conf":  plain(Launchd).Newsyslog(),
		"windows.txt":     plain(Windows).CommandLine() + "\n" + FolderAccess() + "\n",
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s\n%v", name, got, want, err)
		}
	}
}

func TestPlansThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		platform Platform
		change   func(*Plan)
		want     Why
	}{
		"every address":           {Systemd, func(p *Plan) { p.Listen = "0.0.0.0:8484" }, WhyListen},
		"the practice's network":  {Systemd, func(p *Plan) { p.Listen = "192.168.1.10:8484" }, WhyListen},
		"another port each time":  {Systemd, func(p *Plan) { p.Listen = "127.0.0.1:0" }, WhyListen},
		"no port":                 {Systemd, func(p *Plan) { p.Listen = "127.0.0.1" }, WhyListen},
		"not a web address":       {Systemd, func(p *Plan) { p.Args = []string{"--url=ftp://x/"} }, WhyURL},
		"a person's folder":       {Systemd, func(p *Plan) { p.Data = "/home/anna/journal" }, WhyDataHome},
		"root's folder":           {Systemd, func(p *Plan) { p.Data = "/root" }, WhyDataHome},
		"a home elsewhere":        {Systemd, func(p *Plan) { p.Data = "/export/home/anna/journal" }, WhyDataHome},
		"a Mac's home":            {Launchd, func(p *Plan) { p.Data = "/Users/anna/journal" }, WhyDataHome},
		"a home of Windows":       {Windows, func(p *Plan) { p.Data = `c:\users\anna\journal` }, WhyDataHome},
		"a passing folder":        {Systemd, func(p *Plan) { p.Data = "/tmp/journal" }, WhyDataPlace},
		"the system's":            {Systemd, func(p *Plan) { p.Data = "/etc/zoneblanche" }, WhyDataPlace},
		"everybody's state":       {Systemd, func(p *Plan) { p.Data = "/var/lib" }, WhyDataPlace},
		"a folder of the root":    {Systemd, func(p *Plan) { p.Data = "/srv" }, WhyDataPlace},
		"a drive":                 {Windows, func(p *Plan) { p.Data = `D:\` }, WhyDataPlace},
		"a program at home":       {Systemd, func(p *Plan) { p.Program = "/home/anna/bin/zoneblanche" }, WhyProgramHome},
		"a program in passing":    {Systemd, func(p *Plan) { p.Program = "/tmp/zoneblanche" }, WhyProgramHome},
		"a folder of a person's":  {Systemd, func(p *Plan) { p.Writes = []string{"/home/anna/depot"} }, WhyWrites},
		"a line break":            {Systemd, func(p *Plan) { p.Data = "/srv/a\nExecStart=/bin/sh" }, WhyPath},
		"a line break in a flag":  {Systemd, func(p *Plan) { p.Args = []string{"--hook=/a\nb"} }, WhyPath},
		"a joined line":           {Systemd, func(p *Plan) { p.Files = []File{{"ca", `/etc/ca\`}} }, WhyPath},
		"a name that is no place": {Systemd, func(p *Plan) { p.Data = "srv/journal" }, WhyPath},
		"a way up":                {Systemd, func(p *Plan) { p.Data = "/srv/../home/anna" }, WhyPath},
		"a colon":                 {Systemd, func(p *Plan) { p.Data = "/var/lib/a:b" }, WhyPath},
		"an action of templates":  {Systemd, func(p *Plan) { p.Files = []File{{"ca", "/etc/{{Path}}"}} }, WhyPath},
		"a quote for systemd":     {Systemd, func(p *Plan) { p.Program = `/opt/a"b/zoneblanche` }, WhyPath},
		"a quote on Windows":      {Windows, func(p *Plan) { p.Program = `C:\a"b.exe` }, WhyPath},
	} {
		p := plain(c.platform)
		c.change(&p)
		r, ok := RefusalOf(p.Check([]string{"/export/home/anna"}))
		if !ok || r.Why != c.want {
			t.Errorf("%s: got %v, want %s", name, r, c.want)
		}
	}
	for _, p := range []Plan{plain(Systemd), plain(Launchd), plain(Windows), awkward()} {
		if err := p.Check([]string{"/export/home/anna"}); err != nil {
			t.Errorf("%s: got %v", p.Platform, err)
		}
	}
}

// words reads a command line as systemd does: systemd.syntax(7) and, of systemd.service(5),
// specifiers and variables.
func words(t *rapid.T, line string) []string {
	var out []string
	var word strings.Builder
	in, quote := false, byte(0)
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote == 0 && c == ' ':
			if in {
				out = append(out, word.String())
				word.Reset()
			}
			in = false
		case c == '\\':
			in = true
			i++
			switch line[i] {
			case 'x':
				word.WriteByte((line[i+1]-'0')<<4 | (line[i+2] - 'a' + 10))
				i += 2
			default:
				word.WriteByte(line[i])
			}
		case quote == 0 && (c == '"' || c == '\'') && !in:
			in, quote = true, c
		case quote != 0 && c == quote:
			quote = 0
		case c == '%' || c == '$':
			in = true
			if i++; i >= len(line) || line[i] != c {
				t.Fatalf("%q is expanded in %s", string(c), line)
			}
			word.WriteByte(c)
		default:
			in = true
			word.WriteByte(c)
		}
	}
	if in {
		out = append(out, word.String())
	}
	return out
}

// splitWindows reads a command line as CommandLineToArgvW does.
func splitWindows(line string) []string {
	var out []string
	var word strings.Builder
	in, quoted := false, false
	for i := 0; i < len(line); i++ {
		slashes := 0
		for ; i < len(line) && line[i] == '\\'; i++ {
			slashes++
		}
		switch {
		case i < len(line) && line[i] == '"':
			word.WriteString(strings.Repeat(`\`, slashes/2))
			in = true
			if slashes%2 == 1 {
				word.WriteByte('"')
			} else {
				quoted = !quoted
			}
		case i < len(line) && line[i] == ' ' && !quoted:
			word.WriteString(strings.Repeat(`\`, slashes))
			if in = in || slashes > 0; in {
				out = append(out, word.String())
				word.Reset()
			}
			in = false
		default:
			word.WriteString(strings.Repeat(`\`, slashes))
			in = in || slashes > 0
			if i < len(line) {
				word.WriteByte(line[i])
				in = true
			}
		}
	}
	if in {
		out = append(out, word.String())
	}
	return out
}

// Whatever stands in an argument reaches the program as it was given.
func TestArgumentsSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		args := rapid.SliceOfN(rapid.StringMatching(`[ -~é€]{0,12}`), 1, 4).Draw(t, "args")
		p := plain(Systemd)
		p.Args = args
		_, line, _ := strings.Cut(p.Unit(), "ExecStart=")
		line, _, _ = strings.Cut(line, "\n")
		if strings.Contains(line, "{{") {
			t.Errorf("%s holds an action of the template", line)
		}
		want := append([]string{p.Program}, p.Arguments()...)
		if got := words(t, line); !slices.Equal(got, want) {
			t.Errorf("systemd: got %q, want %q", got, want)
		}
		if got := splitWindows(p.CommandLine()); !slices.Equal(got, want) {
			t.Errorf("Windows: got %q, want %q of %s", got, want, p.CommandLine())
		}
		if got := plistArguments(t, p.Plist()); !slices.Equal(got, want) {
			t.Errorf("launchd: got %q, want %q", got, want)
		}
	})
}

// plistArguments returns the strings of the job's first array.
func plistArguments(t *rapid.T, plist string) []string {
	var out []string
	d := xml.NewDecoder(strings.NewReader(plist))
	depth := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "array" {
				depth++
			} else if token.Name.Local == "string" && depth == 1 {
				var text string
				if err := d.DecodeElement(&text, &token); err != nil {
					t.Fatal(err)
				}
				out = append(out, text)
			}
		case xml.EndElement:
			if token.Name.Local == "array" {
				depth++
			}
		}
	}
}

// Windows' own installer service has the identifier that its documentation prints.
func TestServiceSID(t *testing.T) {
	want := "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
	if got := ServiceSID("TrustedInstaller"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFreeRoleID(t *testing.T) {
	if got, err := FreeRoleID("root 0\n_a 300\n_b  301\nanna 501\n"); got != 302 || err != nil {
		t.Errorf("got %d, %v, want 302", got, err)
	}
	var all strings.Builder
	for id := firstRoleID; id <= lastRoleID; id++ {
		all.WriteString("_x " + strings.Repeat(" ", 3) + string(rune('0'+id/100)) + string(rune('0'+id/10%10)) + string(rune('0'+id%10)) + "\n")
	}
	if got, err := FreeRoleID(all.String()); err == nil {
		t.Errorf("got %d of a machine that has none left", got)
	}
}
