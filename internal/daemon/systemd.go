package daemon

import (
	"fmt"
	"strings"
)

// stateRoot and cacheRoot are where systemd keeps what a service's account owns.
const (
	stateRoot = "/var/lib/"
	cacheRoot = "/var/cache/"
)

// Unit is the systemd unit. Its account owns the journal and may do nothing else:
// read the system, write its own folders, open connections, start programs that can do
// no more (the hook is one).
//
// MemoryDenyWriteExecute stays out: PDF files are rendered by WebAssembly that is
// compiled when it is first needed; interpreted instead, a page takes many times as
// long.
func (p Plan) Unit() string {
	var b strings.Builder
	line := func(key, value string) { fmt.Fprintf(&b, "%s=%s\n", key, value) }
	section := func(name string) { fmt.Fprintf(&b, "\n[%s]\n", name) }
	b.WriteString("# zoneblanche service install wrote this file, and writes it again.\n")
	b.WriteString("# Your own changes belong in: systemctl edit " + Name + "\n")

	section("Unit")
	line("Description", specifiers(p.Title))
	line("After", "network.target nss-lookup.target")
	line("StartLimitIntervalSec", "0") // never give up: the deadlines run

	section("Service")
	line("Type", "exec")
	line("User", p.Account)
	line("Group", p.Account)
	fmt.Fprintf(&b, "ExecStart=%s", quoteWord(p.Program))
	for _, word := range p.words() {
		b.WriteString(" " + quoteArgument(word))
	}
	for _, f := range p.Files {
		b.WriteString(" --" + f.Flag + " ${CREDENTIALS_DIRECTORY}/" + f.Flag)
	}
	b.WriteString("\n")
	for _, f := range p.Files {
		line("LoadCredential", f.Flag+":"+specifiers(f.Path))
	}
	switch {
	case p.StoreKey != "" && p.StoreKeySealed:
		line("LoadCredentialEncrypted", StoreKeyCredential+":"+specifiers(p.StoreKey))
	case p.StoreKey != "":
		line("LoadCredential", StoreKeyCredential+":"+specifiers(p.StoreKey))
	}
	line("Restart", "on-failure")
	line("RestartSec", "15")
	line("RestartPreventExitStatus", "2") // a command line that cannot be carried out
	line("KillMode", "mixed")
	line("TimeoutStopSec", "30")

	b.WriteString("\n# What it owns, for nobody else to read.\n")
	if name, ok := strings.CutPrefix(p.Data, stateRoot); ok {
		line("StateDirectory", quoteWord(name))
		line("StateDirectoryMode", "0700")
	} else {
		line("ReadWritePaths", quoteWord(p.Data))
	}
	for _, folder := range p.Writes {
		line("ReadWritePaths", quoteWord(folder))
	}
	if name, ok := strings.CutPrefix(p.Cache, cacheRoot); ok {
		line("CacheDirectory", quoteWord(name))
		line("CacheDirectoryMode", "0700")
		line("Environment", quoteWord("XDG_CACHE_HOME="+p.Cache))
	}
	line("UMask", "0077")
	line("LimitCORE", "0") // a core dump would hold patients

	b.WriteString("\n# What it may do.\n" + confinement)
	section("Install")
	line("WantedBy", "multi-user.target")
	return b.String()
}

// confinement is the same for every plan.
const confinement = `NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RemoveIPC=yes
KeyringMode=private
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
# Netlink tells when the network changes.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
`

// specifiers protects the percent sign, which systemd would expand.
func specifiers(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// quoteWord writes one word of a list, as systemd.syntax(7) reads it. Two braces would
// be an action of the template that the unit goes through.
func quoteWord(s string) string {
	s = specifiers(s)
	if s != "" && !strings.ContainsAny(s, " \t\"'\\;#{}") {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `{`, `\x7b`).Replace(s) + `"`
}

// quoteArgument writes one argument of a command line, where a dollar sign would stand
// for a variable too.
func quoteArgument(s string) string { return quoteWord(strings.ReplaceAll(s, "$", "$$")) }
