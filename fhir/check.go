package fhir

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// Problem is one departure from a rule. It names elements and never quotes their
// values, so that it may be logged and sent back.
type Problem struct {
	Path string // of the element, in the way of FHIRPath: Bundle.entry[1].resource.date
	Rule string // where the rule comes from: "R4", "MHD", "PDSm", "ours"
	Text string // what is wrong, lower case, in English
}

// String writes the problem on one line.
func (p Problem) String() string { return p.Path + ": " + p.Text + " (" + p.Rule + ")" }

// Sources of rules.
const (
	ruleR4   = "R4"   // hl7.org/fhir/R4
	ruleMHD  = "MHD"  // profiles.ihe.net/ITI/MHD, parent of the PDSm profiles
	rulePDSm = "PDSm" // interop.esante.gouv.fr/ig/fhir/pdsm, 3.1.1
	ruleOurs = "ours" // what this program promises of its own submissions
)

// maxProblems bounds the answer to a hostile Bundle.
const maxProblems = 50

// CheckProvideBundle reports how body departs from an ITI-65 request as PDSm
// 3.1.1 profiles it. No problem means none that these rules see: terminologies
// are checked for the presence of a code, except the few codes that are fixed.
// Folders and patients, which a Bundle may also carry, are checked as R4 only.
func CheckProvideBundle(body []byte) []Problem {
	tree, err := ParseResource(body)
	if err != nil {
		return []Problem{{"Bundle", ruleR4, readProblem(err)}}
	}
	return CheckProvideTree(tree)
}

// CheckProvideTree is [CheckProvideBundle] for what [ParseResource] has read.
func CheckProvideTree(tree map[string]any) []Problem {
	c := newCheck(tree)
	c.bundle()
	return c.problems
}

// CheckOwnBundle adds to [CheckProvideBundle] what we demand of the Bundles that
// we send: conditions that make a second delivery harmless, and the codes of a
// consultation note.
func CheckOwnBundle(body []byte) []Problem {
	tree, err := ParseResource(body)
	if err != nil {
		return []Problem{{"Bundle", ruleR4, readProblem(err)}}
	}
	c := newCheck(tree)
	c.bundle()
	c.own()
	return c.problems
}

func readProblem(err error) string {
	if record.ReasonOf(err) == "not_fhir" {
		return "not a FHIR resource"
	}
	return "not strict JSON: bad syntax, a name twice, too deep, or not UTF-8"
}

// check goes through one Bundle and collects problems.
type check struct {
	root     element
	entries  []element
	byURL    map[string]element // resources by the fullUrl of their entry
	problems []Problem
}

func newCheck(tree map[string]any) *check {
	c := &check{root: element{tree, "Bundle"}, byURL: map[string]element{}}
	c.entries = c.root.list("entry")
	for _, entry := range c.entries {
		if url := entry.text("fullUrl"); url != "" {
			c.byURL[url] = entry.get("resource")
		}
	}
	return c
}

// require adds a problem unless ok, and returns ok.
func (c *check) require(ok bool, at element, rule, text string) bool {
	if !ok && len(c.problems) < maxProblems {
		c.problems = append(c.problems, Problem{at.path, rule, text})
	}
	return ok
}

func (c *check) bundle() {
	if !c.require(c.root.kind() == "Bundle", c.root, ruleR4, "not a Bundle") {
		return
	}
	c.require(c.root.text("type") == "transaction", c.root.get("type"), ruleMHD, "not a transaction")
	c.require(len(c.root.get("meta").list("profile")) > 0, c.root.get("meta").get("profile"), ruleMHD, "a profile is required")
	c.basics(c.root)

	var lists, references, patches []element
	seen := map[string]bool{}
	for _, entry := range c.entries {
		resource := entry.get("resource")
		url := entry.text("fullUrl")
		c.require(!seen[url] || url == "", entry.get("fullUrl"), ruleR4, "two entries have this fullUrl")
		seen[url] = true
		c.request(entry)
		switch kind := resource.kind(); kind {
		case "List":
			if listCode(resource) == codeSubmissionSet {
				lists = append(lists, resource)
			}
		case "DocumentReference":
			references = append(references, resource)
			c.documentReference(resource)
		case "Binary":
			c.binary(resource)
		case "Parameters":
			patches = append(patches, entry)
			c.supersedes(resource)
		case "Patient":
		default:
			c.require(false, resource, ruleMHD, "a resource of this type has no place here")
		}
		c.references(resource, resource)
	}
	c.replacements(references, patches)
	c.require(len(references) > 0, c.root.get("entry"), rulePDSm, "a DocumentReference is required")
	if c.require(len(lists) == 1, c.root.get("entry"), rulePDSm, "exactly one SubmissionSet is required") {
		c.submissionSet(lists[0], references)
	}
}

// request checks how an entry is to be processed (hl7.org/fhir/R4/bundle.html).
func (c *check) request(entry element) {
	request, kind := entry.get("request"), entry.get("resource").kind()
	method, url := request.text("method"), request.text("url")
	c.require(kind != "", entry.get("resource"), ruleMHD, "a resource is required")
	c.require(entry.text("fullUrl") != "", entry.get("fullUrl"), ruleMHD, "a fullUrl is required")
	switch method {
	case "POST":
		c.require(url == kind, request.get("url"), ruleR4, "a create is sent to the type of its resource")
		c.require(strings.HasPrefix(entry.text("fullUrl"), urnUUID), entry.get("fullUrl"), ruleR4, "the fullUrl of a create is a urn:uuid:")
	case "PUT":
		c.require(kind == "List" || kind == "Patient", request.get("method"), ruleMHD, "only a folder or a patient may be put")
	case "PATCH":
		c.require(kind == "Parameters", request.get("method"), ruleMHD, "only a replaced document may be patched")
		c.require(patchTarget.MatchString(url), request.get("url"), ruleMHD, "a patch names one document, by its location or its unique id")
	case "GET":
		c.require(kind == "Patient", request.get("method"), ruleMHD, "only a patient may be read")
	default:
		c.require(false, request.get("method"), ruleMHD, "a method is required")
	}
}

func listCode(list element) string {
	for _, coding := range list.get("code").list("coding") {
		if coding.text("system") == systemListTypes {
			return coding.text("code")
		}
	}
	return ""
}

// basics checks what R4 says of all JSON (hl7.org/fhir/R4/json.html): no empty
// object, array or string, and null only where an array lines up with its twin.
func (c *check) basics(e element) {
	switch v := e.value.(type) {
	case map[string]any:
		c.require(len(v) > 0, e, ruleR4, "an object must not be empty")
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names) // so that the problems come in the same order each time
		for _, name := range names {
			child := e.get(name)
			c.require(child.value != nil, child, ruleR4, "null stands for nothing: leave the element out")
			c.basics(child)
		}
	case []any:
		c.require(len(v) > 0, e, ruleR4, "an array must not be empty")
		for i, item := range v {
			c.basics(element{item, e.path + "[" + strconv.Itoa(i) + "]"})
		}
	case string:
		c.require(strings.TrimSpace(v) != "", e, ruleR4, "a string must not be empty")
	}
}

var (
	instantPattern = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}`)
	literalPattern = regexp.MustCompile(`^(https?://\S+/)?[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}(/_history/[A-Za-z0-9\-.]{1,64})?$`)
)

// date checks a dateTime; whole says that it must go down to the second, which
// in R4 brings the offset with it.
func (c *check) date(at element, rule string, whole bool) {
	text, _ := at.value.(string)
	if !c.require(text != "", at, rule, "a date is required") {
		return
	}
	_, err := record.ParseDate(text)
	if !c.require(err == nil, at, ruleR4, "not a date as FHIR writes them") {
		return
	}
	if whole {
		c.require(instantPattern.MatchString(text), at, rule, "a date with time and offset is required")
	}
}

// coded checks that a CodeableConcept has a code with its system.
func (c *check) coded(at element, rule string) {
	for _, coding := range at.list("coding") {
		if coding.text("system") != "" && coding.text("code") != "" {
			return
		}
	}
	c.require(false, at, rule, "a code with its system is required")
}
