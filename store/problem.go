package store

// Problem is one thing that is not as it was written. None of it tells anything about
// a patient.
type Problem struct {
	Entry string      `json:"entry,omitempty"` // an identifier, "#12" where it cannot be read, or "" for the file
	Code  ProblemCode `json:"code"`
	What  string      `json:"what"` // for whoever repairs
}

// ProblemCode says what kind of problem it is. Programs may rely on it: a code keeps
// its meaning.
type ProblemCode string

// The codes. Of a journal:
const (
	ProblemUnreadable ProblemCode = "journal_unreadable"    // the file cannot be opened as it is
	ProblemPages      ProblemCode = "pages"                 // bbolt must not follow the pages
	ProblemUnused     ProblemCode = "pages_unused"          // pages that nobody uses; nothing is lost
	ProblemLast       ProblemCode = "last_change"           // the last change before the stop may be missing
	ProblemLog        ProblemCode = "log_lost"              // confirmed changes in the log cannot be read
	ProblemForeignLog ProblemCode = "log_foreign"           // the file is older than its log: it was put back
	ProblemHead       ProblemCode = "head_unreadable"       // nothing else could be checked
	ProblemMissing    ProblemCode = "entry_missing"         // an entry is gone
	ProblemEntry      ProblemCode = "entry_unreadable"      // an entry is not what was written
	ProblemChain      ProblemCode = "chain_broken"          // an entry does not follow the one before, or the head
	ProblemBody       ProblemCode = "body_unreadable"       // what is sent for it cannot be read
	ProblemPhotograph ProblemCode = "photograph_unreadable" // a photograph is not what was taken up
	ProblemItem       ProblemCode = "state_unreadable"      // whether it was delivered cannot be told
	ProblemCorrection ProblemCode = "correction"            // a correction and what it replaces disagree
	ProblemHandover   ProblemCode = "handover"              // a row about a hand-over cannot be read, or names nothing
	ProblemReceipt    ProblemCode = "receipt"               // cleared without a receipt, or the other way round
	ProblemAttempt    ProblemCode = "attempt_unreadable"    // the story of an attempt cannot be read
	ProblemIndex      ProblemCode = "index"                 // an index and its entry disagree
	ProblemNewest     ProblemCode = "newest"                // the newest card of a person is not told right
	ProblemCounts     ProblemCode = "counts"                // the counts are not those of the items
	ProblemBucket     ProblemCode = "part_unreadable"       // a part of the file cannot be read to its end
	ProblemDraft      ProblemCode = "draft_unreadable"      // a draft cannot be read
	ProblemBackups    ProblemCode = "backups_unreadable"    // the list of backups cannot be read
	ProblemPurge      ProblemCode = "purge_unexplained"     // a content is gone, and no purge says so
)

// Of a journal and a head that somebody else holds:
const (
	ProblemCut       ProblemCode = "cut_short" // the head knows more entries
	ProblemRewritten ProblemCode = "rewritten" // the head knows other entries
)

// Of an export:
const (
	ProblemExportSignature ProblemCode = "signature"   // a signature does not hold
	ProblemExportFile      ProblemCode = "export_file" // a file is not as it was signed, missing, or one too many
)
