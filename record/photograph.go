package record

// Photograph is a picture taken during a consultation, as the journal keeps it:
// without what the camera wrote beside the pixels.
type Photograph struct {
	Number    int    `json:"number"` // within its consultation, from 1
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"`
	SHA256    []byte `json:"sha256"`
	SHA1      []byte `json:"sha1"` // as a recipient publishes it
	// Caption is what the doctor says of it, one line; "" for nothing.
	Caption string `json:"caption,omitempty"`
}

// PhotographSubmission is the frozen form of what delivers a photograph. Of what
// its submission has attached only the place counts: the journal holds the rest.
type PhotographSubmission struct {
	Entry      string // UUID of the journal entry that will be
	Number     int    // of the photograph
	Submission Submission
}
