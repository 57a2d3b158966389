package daemon

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// LaunchdLog is where launchd writes what the service says; newsyslog, which macOS
// runs, rotates it by [Plan.Newsyslog].
const LaunchdLog = "/Library/Logs/ZoneBlanche/service.log"

// Plist is the launchd job.
func (p Plan) Plist() string {
	var b strings.Builder
	b.WriteString(xml.Header)
	b.WriteString(`<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- zoneblanche service install wrote this file, and writes it again. -->
<plist version="1.0">
<dict>
`)
	text := func(key, value string) {
		fmt.Fprintf(&b, "\t<key>%s</key>\n\t<string>%s</string>\n", key, inXML(value))
	}
	value := func(key, element string) { fmt.Fprintf(&b, "\t<key>%s</key>\n\t%s\n", key, element) }
	text("Label", LaunchdName)
	b.WriteString("\t<key>ProgramArguments</key>\n\t<array>\n")
	for _, arg := range append([]string{p.Program}, p.Arguments()...) {
		fmt.Fprintf(&b, "\t\t<string>%s</string>\n", inXML(arg))
	}
	b.WriteString("\t</array>\n")
	text("UserName", p.Account)
	text("WorkingDirectory", p.Data)
	if p.Cache != "" {
		fmt.Fprintf(&b, "\t<key>EnvironmentVariables</key>\n\t<dict>\n\t\t<key>HOME</key>\n\t\t<string>%s</string>\n\t</dict>\n", inXML(p.Cache))
	}
	value("RunAtLoad", "<true/>")
	value("KeepAlive", "<dict>\n\t\t<key>SuccessfulExit</key>\n\t\t<false/>\n\t</dict>")
	value("ThrottleInterval", "<integer>15</integer>")
	value("ExitTimeOut", "<integer>30</integer>")
	value("Umask", "<integer>63</integer>") // 0077
	value("HardResourceLimits", "<dict>\n\t\t<key>Core</key>\n\t\t<integer>0</integer>\n\t</dict>")
	text("ProcessType", "Adaptive")
	text("StandardOutPath", LaunchdLog)
	text("StandardErrorPath", LaunchdLog)
	b.WriteString("</dict>\n</plist>\n")
	return b.String()
}

// Newsyslog is the line by which macOS rotates the log: at 1 MB, five kept; launchd goes on in the file it has until the next start.
func (p Plan) Newsyslog() string {
	return "# logfilename [owner:group] mode count size when flags\n" +
		LaunchdLog + "\t" + p.Account + ":staff\t640  5  1000  *  N\n"
}

// inXML escapes text for an element. The braces are those of the library's templates.
func inXML(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes everything
	return strings.NewReplacer("{", "&#123;", "}", "&#125;").Replace(b.String())
}

// Numbers that macOS leaves to role accounts.
const (
	firstRoleID = 300
	lastRoleID  = 400
)

var errNoRoleID = errors.New("every number for role accounts is taken")

// FreeRoleID returns a number that no account has, from what "dscl . -list /Users
// UniqueID" prints.
func FreeRoleID(listing string) (int, error) {
	taken := map[int]bool{}
	for line := range strings.Lines(listing) {
		if fields := strings.Fields(line); len(fields) > 1 {
			if id, err := strconv.Atoi(fields[len(fields)-1]); err == nil {
				taken[id] = true
			}
		}
	}
	for id := firstRoleID; id <= lastRoleID; id++ {
		if !taken[id] {
			return id, nil
		}
	}
	return 0, errNoRoleID
}
