package qr

import "github.com/zoneblanche/zoneblanche/record"

// The tables of this file are part of the format: their order is what cards
// carry. Lines are added at the end, and none once a version is released.

// systems are the code systems with a rank of their own, and how their codes are
// packed. Rank 0 is any other system.
var systems = []struct {
	uri   string
	value packing
}{
	{"", whole},
	{record.SystemATC, atcCode},
	{record.SystemICD10, icdCode},
	{record.SystemLOINC, loincCode},
	{record.SystemSNOMED, whole},
	{record.SystemCIS, whole},
	{record.SystemCVX, whole},
	{record.SystemCCAM, whole},
	{record.SystemUCUM, whole},
	{"http://standardterms.edqm.eu", whole},
	{"http://www.nlm.nih.gov/research/umls/rxnorm", whole},
	{"http://hl7.org/fhir/sid/icd-10-cm", icdCode},
	{"http://hl7.org/fhir/sid/icd-9-cm", whole},
	{"http://hl7.org/fhir/sid/ndc", whole},
	{"http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration", whole},
	{"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", whole},
	{"http://terminology.hl7.org/CodeSystem/v2-0078", whole},
	{"http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips", whole},
	{"http://id.who.int/icd/release/11/mms", whole},
	{"http://www.orpha.net", whole},
	{record.SystemRPPS, rpps},
	{record.SystemFINESS, finess},
	{record.SystemIDNat, whole},
	{record.SystemStruct, whole},
	{"urn:oid:2.16.840.1.113883.3.26.1.5", whole},
	{"urn:ietf:rfc:3986", whole},
}

// systemRank returns the rank of a code system, 0 for one without.
func systemRank(uri string) int {
	for i, s := range systems[1:] {
		if s.uri == uri {
			return i + 1
		}
	}
	return 0
}

// systemNames is the same table for identifiers, whose values are not packed.
var systemNames = func() enumCodec {
	var c enumCodec
	for _, s := range systems {
		c = append(c, s.uri)
	}
	return c
}()

var (
	insOIDs = enumCodec{record.OIDINSNIR, record.OIDINSNIA, record.OIDINSTest, record.OIDINSDemo, ""}

	sexes = enumCodec{"", string(record.Male), string(record.Female), string(record.Other)}

	languages = enumCodec{"", "fr-FR", "fr", "en", "es", "de", "it", "pt", "ar", "en-US", "en-GB"}

	roles = enumCodec{"", string(record.RoleEmergency), string(record.RoleTrusted), string(record.RoleDoctor),
		string(record.RoleOther), string(record.RoleHolder), string(record.RoleNurse), string(record.RolePharmacy),
		string(record.RoleFacility), string(record.RoleDirective)}

	// relations are French words, and the codes of HL7's v3-RoleCode.
	relations = enumCodec{"", "conjoint", "conjointe", "époux", "épouse", "mari", "femme", "compagnon", "compagne",
		"fils", "fille", "père", "mère", "frère", "sœur", "ami", "amie", "voisin", "voisine", "enfant", "parent",
		"petit-fils", "petite-fille", "neveu", "nièce", "oncle", "tante", "tuteur", "tutrice", "curateur", "curatrice",
		"Conjoint", "Conjointe", "Époux", "Épouse", "Fils", "Fille", "Père", "Mère", "Frère", "Sœur", "Ami", "Amie",
		"Voisin", "Voisine", "SPS", "WIFE", "HUSB", "CHILD", "DAUC", "SONC", "MTH", "FTH", "SIS", "BRO", "FRND", "NBOR"}

	allergyTypes = enumCodec{"", "allergy", "intolerance"}
	categories   = enumCodec{"", "medication", "food", "environment", "biologic"}
	criticality  = enumCodec{"", "high", "low", "unable-to-assess"}
	severities   = enumCodec{"", "mild", "moderate", "severe"}
	verification = enumCodec{"", "confirmed", "unconfirmed", "presumed", "refuted", "provisional", "differential", "entered-in-error"}

	// statuses serve every kind of entry.
	statuses = enumCodec{"", "active", "completed", "final", "inactive", "resolved", "stopped", "on-hold", "intended",
		"unknown", "not-taken", "recurrence", "relapse", "remission", "in-progress", "not-done", "preparation",
		"preliminary", "amended", "corrected", "registered", "cancelled", "draft", "revoked", "entered-in-error",
		"proposed", "planned", "accepted", "rejected", "ended"}

	comparators = enumCodec{"", "<", "<=", ">=", ">", "ad"}

	// periodUnits are those of FHIR's Timing.repeat.
	periodUnits = enumCodec{"", "d", "wk", "mo", "h", "min", "s", "a"}

	// moments are those of FHIR's Timing.repeat.when.
	moments = enumCodec{"", "MORN", "NOON", "EVE", "NIGHT", "AFT", "HS", "WAKE", "C", "CM", "CD", "CV", "AC", "ACM", "ACD",
		"ACV", "PC", "PCM", "PCD", "PCV", "MORN.early", "MORN.late", "AFT.early", "AFT.late", "EVE.early", "EVE.late", "PHS", "IMD"}

	// units are UCUM codes first, then French words for what is counted.
	units = enumCodec{"", "mg", "g", "ug", "mL", "L", "mmol/L", "umol/L", "mol/L", "nmol/L", "pmol/L", "g/L", "g/dL", "mg/L", "mg/dL",
		"ug/L", "ng/mL", "ng/L", "pg/mL", "U/L", "[IU]/L", "[IU]", "U", "m[IU]/L", "mU/L", "mm[Hg]", "mmHg", "kg", "cm", "m",
		"kg/m2", "%", "/min", "Cel", "°C", "10*9/L", "10*12/L", "10*3/uL", "10*6/uL", "fL", "pg", "mL/min/{1.73_m2}", "mL/min",
		"mmol/mol", "{score}", "1", "h", "min", "d", "wk", "mo", "a", "s", "µg", "µmol/L", "µg/L", "G/L", "T/L", "UI", "UI/L", "UI/mL",
		"mUI/L", "mL/min/1,73 m²", "battements/min", "bpm", "kg/m²", "ans", "SA", "mg/mL", "mg/g", "mg/mmol", "mEq/L", "kPa", "mm", "mm/h",
		"comprimé", "comprimés", "gélule", "gélules", "goutte", "gouttes", "bouffée", "bouffées", "sachet", "sachets",
		"ampoule", "ampoules", "dose", "doses", "unité", "unités", "cuillère", "patch", "suppositoire", "application",
		"injection", "inhalation", "inhalations", "pulvérisation", "pulvérisations", "{tbl}", "{puff}", "{drop}", "tablet", "capsule"}
)
