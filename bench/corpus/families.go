package corpus

// family is a set of files of one origin, or that share text because somebody
// wrote one from another.
type family struct {
	name     string
	patterns []string
}

// families were found by reading the Bundles (patients, authors, custodians) and
// by what [Overlaps] finds. Names lie: of two files of one country, one may be a
// copy of the guide's example, and a Canadian file may be a Danish patient. The
// first pattern that matches counts.
var families = []family{
	// Joyce Johnson, Mia Banks and others of the Australian guide and its tests.
	{"Australia", []string{"AU-*", "Bundle-aups-*"}},
	// Maria Gravitate went from the Italian examples to Denmark, Washington and
	// VeroSource; Marco Peroni is Dante Alighieri of the same hand.
	{"Gravitate", []string{"EU_Giorgio_*", "DK_*", "CY_*", "US_Washington_*", "CA_verosource_ips_uwashington*"}},
	{"Hong Kong", []string{"HK_*"}},
	// Martha DeLarosa of the international guide, and her Argentinian translation.
	{"IPS guide", []string{"IPS_IG-bundle-01*", "IPS_IG_bundle-minimal*", "AR_*"}},
	// Peter Jordan's New Zealand patients, of whom the guide's summary without
	// information, the German one and two later examples are copies.
	{"New Zealand", []string{"NZ_*", "validated-NZ_*", "full_ips*", "new_incomplete_*", "IPS_IG_bundle-no-info-*", "DE_no_info_*", "Bundle-NZPS*", "Bundle-Iosefa*"}},
	{"Epic", []string{"US_Epic_*", "hl7_connectathon_may_2025_epic*"}},
	// Patients of the Synthea generator, whatever the program that wrote them.
	{"Synthea", []string{"CA_PuraJuniper_*", "EU_IPS_wylem_*"}},
	{"Canada IPS", []string{"CA-IPS-*"}},
	{"New Brunswick", []string{"CA_VeroSource_*"}},
	{"Netherlands", []string{"NL_*"}},
}
