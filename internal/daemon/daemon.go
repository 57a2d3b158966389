// Package daemon describes Zone Blanche as a service of the operating system: the
// systemd unit, the launchd job and the Windows service, as text and values. It
// writes nothing and asks the system nothing, so that every platform's description
// is made and tested on each.
package daemon

import (
	"errors"
	"net"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// Plan is what is installed. All paths are absolute; [Plan.Check] says what is wrong
// with one.
type Plan struct {
	Platform    Platform
	Title       string // what people read in a list of services
	Description string
	Account     string   // of the operating system, the journal's owner
	Program     string   // the file of this program
	Data        string   // the journal's folder
	Cache       string   // what can be computed again; "" for none
	Listen      string   // host:port of the pages
	Args        []string // further flags of serve, each one word: --flag=value
	// Files are flags whose value is a file that the account may not be able to read:
	// keys and certificates. systemd hands them over; elsewhere they go by their name.
	Files []File
	// Writes are folders outside of its own that the service writes into. Who installs
	// it gives the account the right to.
	Writes []string
	// StoreKey is a file with the journal's key that systemd hands over, "" for none.
	StoreKey       string
	StoreKeySealed bool // by systemd-creds
}

// File is one flag and the file that it names.
type File struct{ Flag, Path string }

// Platform is what starts services.
type Platform string

// The platforms.
const (
	Systemd Platform = "systemd"
	Launchd Platform = "launchd"
	Windows Platform = "windows"
)

// Names by which the operating system knows the service, and its own account.
const (
	Name           = "zoneblanche"
	WindowsName    = "ZoneBlanche"
	LaunchdName    = "fr.zoneblanche.service"
	LaunchdAccount = "_zoneblanche"
	// WindowsAccount is a virtual account, which Windows makes with the service.
	WindowsAccount = `NT SERVICE\` + WindowsName
)

// StoreKeyCredential is the name under which systemd hands over the journal's key.
const StoreKeyCredential = "zoneblanche.store.key"

// NameOn is the service's name on a platform.
func NameOn(p Platform) string {
	switch p {
	case Launchd:
		return LaunchdName
	case Windows:
		return WindowsName
	}
	return Name
}

// AccountOn is the account's name on a platform.
func AccountOn(p Platform) string {
	switch p {
	case Launchd:
		return LaunchdAccount
	case Windows:
		return WindowsAccount
	}
	return Name
}

// Refusal is a plan that must not be installed. About is the value that is wrong.
type Refusal struct {
	Why   Why
	About string
}

func (r *Refusal) Error() string { return "service plan: " + string(r.Why) }

// Why is a stable key, for the catalogue.
type Why string

// What a plan is refused for.
const (
	WhyListen      Why = "listen"       // not an address of this machine with a fixed port
	WhyURL         Why = "url"          // not http or https
	WhyDataHome    Why = "data_home"    // a person's folder
	WhyDataPlace   Why = "data_place"   // the system's or a passing one
	WhyWrites      Why = "writes"       // a folder that the service will not reach
	WhyProgramHome Why = "program_home" // the account could not reach it, or its owner could replace it
	WhyPath        Why = "path"         // a name that no description can hold
)

// Check refuses a plan that would not run, or not safely.
func (p Plan) Check(homes []string) error {
	if !fixedLoopback(p.Listen) {
		return &Refusal{WhyListen, p.Listen}
	}
	for _, arg := range p.Args {
		if strings.ContainsFunc(arg, isControl) {
			return &Refusal{WhyPath, arg}
		}
		if address, ok := strings.CutPrefix(arg, "--url="); ok && !isHTTP(address) {
			return &Refusal{WhyURL, address}
		}
	}
	for _, name := range p.paths() {
		if !p.canHold(name) {
			return &Refusal{WhyPath, name}
		}
	}
	for _, folder := range p.Writes {
		if p.within(folder, append(append(homes, p.homeRoots()...), p.passing()...)) {
			return &Refusal{WhyWrites, folder}
		}
	}
	switch {
	case p.within(p.Data, append(homes, p.homeRoots()...)):
		return &Refusal{WhyDataHome, p.Data}
	case p.within(p.Data, p.passing()), p.isSystems(p.Data):
		return &Refusal{WhyDataPlace, p.Data}
	case p.within(p.Program, append(append(homes, p.homeRoots()...), p.passing()...)):
		return &Refusal{WhyProgramHome, p.Program}
	}
	return nil
}

func (p Plan) paths() []string {
	names := append([]string{p.Program, p.Data}, p.Writes...)
	for _, f := range p.Files {
		names = append(names, f.Path)
	}
	if p.Cache != "" {
		names = append(names, p.Cache)
	}
	if p.StoreKey != "" {
		names = append(names, p.StoreKey)
	}
	return names
}

// canHold reports whether a path can be written into the platform's description and
// mean itself there.
func (p Plan) canHold(name string) bool {
	if strings.ContainsFunc(name, isControl) || name != strings.TrimSpace(name) || strings.Contains(name, "{{") {
		return false
	}
	if p.Platform == Windows {
		volume, rest, ok := strings.Cut(name, `:\`)
		return ok && len(volume) == 1 && !strings.ContainsAny(rest, `"<>|?*:`)
	}
	// systemd joins a line that ends in a backslash to the next one, parts names at
	// colons, and starts no program with these characters.
	return path.IsAbs(name) && path.Clean(name) == name && !strings.HasSuffix(name, `\`) &&
		(p.Platform != Systemd || !strings.Contains(name, ":") && !strings.ContainsAny(p.Program, `"'\$`))
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0xfffd }

// homeRoots are the folders that hold people's own.
func (p Plan) homeRoots() []string {
	switch p.Platform {
	case Windows:
		return []string{`C:\Users`}
	case Launchd:
		return []string{"/Users", "/var/root"}
	}
	return []string{"/home", "/root", "/run/user"}
}

// passing are folders that others write into or that the system empties.
func (p Plan) passing() []string {
	if p.Platform == Windows {
		return []string{`C:\Windows\Temp`}
	}
	return []string{"/tmp", "/var/tmp", "/private/tmp", "/private/var/tmp", "/dev", "/proc", "/sys", "/run"}
}

// isSystems reports whether a data folder is one that holds more than the journal, or
// lies where only the system writes.
func (p Plan) isSystems(data string) bool {
	if p.Platform == Windows {
		return strings.Count(data, `\`) < 2 || p.within(data, []string{`C:\Windows`, `C:\Program Files`})
	}
	if strings.Count(data, "/") < 2 {
		return true // a folder of the root
	}
	switch data {
	case "/var/lib", "/var/cache", "/var/log", "/var/spool", "/var/db", "/usr/local", "/Library/Application Support":
		return true
	}
	return p.within(data, []string{"/bin", "/boot", "/etc", "/lib", "/sbin", "/usr", "/System"})
}

// within reports whether name is one of the folders or lies below one.
func (p Plan) within(name string, folders []string) bool {
	separator := "/"
	if p.Platform == Windows {
		separator, name = `\`, strings.ToLower(name)
	}
	for _, folder := range folders {
		if p.Platform == Windows {
			folder = strings.ToLower(folder)
		}
		if folder = strings.TrimRight(folder, separator); folder != "" && (name == folder || strings.HasPrefix(name, folder+separator)) {
			return true
		}
	}
	return false
}

// fixedLoopback reports whether an address is of this machine alone, with a port that
// stays the same from one start to the next.
func fixedLoopback(address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	ip := net.ParseIP(host)
	return err == nil && n > 0 && (host == "localhost" || ip != nil && ip.IsLoopback())
}

func isHTTP(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// words are the command line without the program and the files.
func (p Plan) words() []string {
	return append([]string{"serve", "--service", "--data", p.Data, "--listen", p.Listen}, p.Args...)
}

// Arguments are the command line without the program, with files by their names.
func (p Plan) Arguments() []string {
	args := p.words()
	for _, f := range p.Files {
		args = append(args, "--"+f.Flag, f.Path)
	}
	return args
}

// RefusalOf returns the refusal in err, if there is one.
func RefusalOf(err error) (*Refusal, bool) {
	var r *Refusal
	ok := errors.As(err, &r)
	return r, ok
}
