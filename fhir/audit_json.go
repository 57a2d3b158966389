package fhir

// The types below are AuditEvent as far as we write it (hl7.org/fhir/R4/auditevent.html).

type itiAuditEvent struct {
	ResourceType string       `json:"resourceType"`
	Meta         itiMeta      `json:"meta"`
	Type         itiCoding    `json:"type"`
	Subtype      []itiCoding  `json:"subtype"`
	Action       string       `json:"action"`
	Recorded     string       `json:"recorded"`
	Outcome      string       `json:"outcome"`
	Purpose      []itiConcept `json:"purposeOfEvent"`
	Agent        []itiAgent   `json:"agent"`
	Source       itiSource    `json:"source"`
	Entity       []itiEntity  `json:"entity"`
}

type itiAgent struct {
	Type      *itiConcept  `json:"type"`
	Who       itiReference `json:"who"`
	Name      string       `json:"name,omitempty"`
	Requestor bool         `json:"requestor"`
	Network   *itiNetwork  `json:"network,omitempty"`
}

type itiNetwork struct {
	Address string `json:"address"`
	Type    string `json:"type"`
}

type itiSource struct {
	Site     string       `json:"site,omitempty"`
	Observer itiReference `json:"observer"`
	Type     []itiCoding  `json:"type"`
}

type itiEntity struct {
	What   *itiReference `json:"what,omitempty"`
	Type   itiCoding     `json:"type"`
	Role   *itiCoding    `json:"role,omitempty"`
	Name   string        `json:"name,omitempty"`
	Detail []itiDetail   `json:"detail,omitempty"`
}

type itiDetail struct {
	Type  string `json:"type"`
	Value string `json:"valueString"`
}
