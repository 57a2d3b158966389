package architecture

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// unit is one package of the module: its path within it, and the import paths of
// its files and of its test files, ours relative to the module as "./path".
type unit struct {
	path    string
	imports []string
	tests   []string
}

// matches reports whether the path p is in pattern.
func matches(pattern, p string) bool {
	if base, below := strings.CutSuffix(pattern, "/..."); below {
		return within(base, p)
	}
	return pattern == p
}

// within reports whether p is base or below it.
func within(base, p string) bool { return p == base || strings.HasPrefix(p, base+"/") }

func matchesAny(patterns []string, p string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, p) })
}

// rowOf is the rank of a package's row from the top; ok is false outside of all.
func rowOf(p string) (rank int, ok bool) {
	rank = slices.IndexFunc(rows, func(r row) bool { return matchesAny(r.patterns, p) })
	return rank, rank >= 0
}

// family is what counts as one package: the first element of a path, or the
// first two for the helpers, which have nothing in common but their place.
func family(p string) string {
	parts := strings.SplitN(p, "/", 3)
	if matchesAny(support, p) && len(parts) > 1 {
		return path.Join(parts[0], parts[1])
	}
	return parts[0]
}

// check returns every breach of the rules in units, one sentence each.
func check(units []unit) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, u := range units {
		for _, i := range u.imports {
			if why := breach(u.path, i, false); why != "" {
				say("%s imports %s: %s", u.path, i, why)
			}
		}
		for _, i := range u.tests {
			if why := breach(u.path, i, true); why != "" {
				say("a test of %s imports %s: %s", u.path, i, why)
			}
		}
		if _, ok := rowOf(u.path); !ok && !matchesAny(support, u.path) {
			say("%s has no place in the table of rows", u.path)
		}
	}
	return append(out, rotten(units)...)
}

// breach says why the package at p must not import i, or nothing.
func breach(p, i string, test bool) string {
	if own, ok := strings.CutPrefix(i, "./"); ok {
		return breachOfRows(p, own, test)
	}
	if test {
		return ""
	}
	for _, rule := range onlys {
		if within(rule.dependency, i) && !matchesAny(rule.allowed, p) {
			return fmt.Sprintf("only %s may, since %s", strings.Join(rule.allowed, ", "), rule.why)
		}
	}
	for _, rule := range nevers {
		if !matches(rule.pattern, p) {
			continue
		}
		for _, dependency := range rule.dependency {
			if within(dependency, i) || dependency == thirdParty && isThirdParty(i) {
				return rule.why
			}
		}
	}
	return ""
}

func breachOfRows(p, own string, test bool) string {
	if family(p) == family(own) {
		return ""
	}
	to, placed := rowOf(own)
	domain := placed && to == len(rows)-1
	if matchesAny(support, p) {
		if domain {
			return ""
		}
		return "helpers import at most the domain"
	}
	from, ok := rowOf(p)
	if !ok {
		return "" // said once, of the package itself
	}
	if from == len(rows)-1 {
		return "the domain imports nothing of ours"
	}
	if !placed {
		return "" // a helper, or a package that has no place
	}
	switch {
	case to < from:
		return fmt.Sprintf("row %q stands above row %q: %s", rows[to].name, rows[from].name, rows[to].why)
	case to == from && !test:
		return fmt.Sprintf("both are in row %q: %s", rows[from].name, rows[from].why)
	}
	return ""
}

func isThirdParty(i string) bool {
	first, _, _ := strings.Cut(i, "/")
	return strings.Contains(first, ".") && !strings.HasPrefix(i, "./")
}

// rotten says which parts of the rules match nothing in units, and so would not
// notice a breach after a renaming.
func rotten(units []unit) []string {
	var out []string
	exists := func(pattern string) bool {
		return slices.ContainsFunc(units, func(u unit) bool { return matches(pattern, u.path) })
	}
	patterns := slices.Clone(support)
	for _, r := range rows {
		patterns = append(patterns, r.patterns...)
	}
	for _, rule := range nevers {
		patterns = append(patterns, rule.pattern)
	}
	for _, pattern := range patterns {
		if !exists(pattern) {
			out = append(out, fmt.Sprintf("no package matches %s: the rule about it is dead", pattern))
		}
	}
	for _, rule := range onlys {
		for _, pattern := range rule.allowed {
			used := slices.ContainsFunc(units, func(u unit) bool {
				return matches(pattern, u.path) && slices.ContainsFunc(u.imports, func(i string) bool { return within(rule.dependency, i) })
			})
			if !used {
				out = append(out, fmt.Sprintf("nothing in %s imports %s: the rule about it is dead", pattern, rule.dependency))
			}
		}
	}
	return out
}
