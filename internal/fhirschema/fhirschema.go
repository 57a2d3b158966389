// Package fhirschema checks FHIR R4 JSON against the JSON Schema that HL7
// publishes. It is for tests: it reads the schema from the source tree.
//
// # Caveats
//
// The schema knows the base structure alone: names, types, cardinalities up to
// "one or many", and closed code lists. It knows no profile, no terminology and no
// invariant, and it does not follow references. Its errors quote the values that
// are wrong, so they must not meet a real patient's data.
package fhirschema

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaFile is the schema's place below the module's root, as published, with
// gzip around it. testdata/README.md tells where it comes from.
const schemaFile = "testdata/fhir-r4.schema.json.gz"

const schemaURL = "http://hl7.org/fhir/json-schema/4.0"

// Validate reports how data, one FHIR resource in JSON, departs from the R4
// schema. It returns nil when it does not. It may be called concurrently.
func Validate(data []byte) error {
	schema, err := compiled()
	if err != nil {
		return fmt.Errorf("compile FHIR schema: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("read FHIR JSON: %w", err)
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Errorf("check FHIR JSON: %w", err)
	}
	return nil
}

// compiled compiles the schema at its first use; that takes about a second.
var compiled = sync.OnceValues(compile)

func compile() (*jsonschema.Schema, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	file, err := os.Open(filepath.Join(root, filepath.FromSlash(schemaFile)))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(unzipped)
	if err != nil {
		return nil, err
	}
	if err := dispatch(document); err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(schemaURL, document); err != nil {
		return nil, err
	}
	return compiler.Compile(schemaURL)
}

// dispatch replaces "one of the 146 resource types" with "the type that
// resourceType names". It accepts the same documents, and says what is wrong with
// a resource instead of how it differs from each of the 146.
func dispatch(document any) error {
	errShape := errors.New("the schema does not look like FHIR R4's")
	root, ok := document.(map[string]any)
	if !ok {
		return errShape
	}
	discriminator, _ := root["discriminator"].(map[string]any)
	mapping, _ := discriminator["mapping"].(map[string]any)
	definitions, _ := root["definitions"].(map[string]any)
	list, _ := definitions["ResourceList"].(map[string]any)
	if len(mapping) == 0 || list == nil {
		return errShape
	}
	var names, branches []any
	for name, ref := range mapping {
		names = append(names, name)
		branches = append(branches, map[string]any{
			"if":   map[string]any{"properties": map[string]any{"resourceType": map[string]any{"const": name}}},
			"then": map[string]any{"$ref": ref},
		})
	}
	delete(list, "oneOf")
	delete(root, "oneOf")
	list["type"] = "object"
	list["required"] = []any{"resourceType"}
	list["properties"] = map[string]any{"resourceType": map[string]any{"enum": names}}
	list["allOf"] = branches
	root["allOf"] = []any{map[string]any{"$ref": "#/definitions/ResourceList"}}
	// "if" came with draft 7, which changes nothing else that this schema uses.
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	return nil
}

// moduleRoot walks up from the working directory, which "go test" sets to the
// package's folder, to the folder of go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("find go.mod: %w", fs.ErrNotExist)
		}
		dir = parent
	}
}
