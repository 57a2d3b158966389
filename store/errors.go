package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"

	"github.com/zoneblanche/zoneblanche/record"
)

// Reasons of this package's errors: stable keys for the catalogue of sentences.
const (
	ReasonNoJournal       = "no_journal"          // not_found: there is no journal in that folder
	ReasonJournalLocked   = "journal_locked"      // locked: another process holds it
	ReasonJournalDamaged  = "journal_damaged"     // internal: a value or a page is not what was written
	ReasonJournalNewer    = "journal_newer"       // invalid: a later program wrote it
	ReasonJournalClosed   = "journal_closed"      // unavailable: used after Close
	ReasonReadOnly        = "journal_read_only"   // unavailable: opened for reading
	ReasonReopen          = "journal_reopen"      // unavailable: an earlier write has no known outcome
	ReasonDiskFull        = "disk_full"           // unavailable: no space, quota, or the file may not grow
	ReasonDiskError       = "disk_error"          // unavailable: the system refused to read or write
	ReasonStoreKeyMissing = "store_key_missing"   // locked: the journal is there, its key is not
	ReasonStoreKeyWrong   = "store_key_wrong"     // locked: the key of another journal
	ReasonStoreKeyDamaged = "store_key_damaged"   // locked: the key file is not what was written
	ReasonPeriodsMissing  = "period_keys_missing" // locked: the journal is there, its period keys are not
	ReasonPassphrase      = "journal_passphrase"  // locked: the store key's passphrase is missing or wrong
	ReasonCustody         = "custody"             // unavailable: what keeps the store key cannot be reached here
	ReasonNoEntry         = "no_entry"            // not_found
	ReasonEntryPurged     = "entry_purged"        // expired: its content was destroyed on purpose
	ReasonNoDraft         = "no_draft"            // not_found
	ReasonPhotoFormat     = "photo_format"        // invalid: neither a JPEG nor a PNG picture, or cut short
	ReasonPhotoTooLarge   = "photo_too_large"     // too_large: more than MaxPhoto
	ReasonJournalExists   = "journal_exists"      // conflict: there is a journal, or part of one, already
	ReasonBackup          = "backup"              // invalid: not a backup, or a damaged one
	ReasonExport          = "export"              // invalid: not an export
	ReasonHead            = "head"                // invalid: not a head of this journal
	ReasonEntryExists     = "entry_exists"        // conflict: the identifier is taken by another content
	ReasonStaleItem       = "stale_item"          // conflict: the item changed since it was read
	ReasonWrongState      = "wrong_state"         // conflict: the item's state does not allow it
	ReasonCorrected       = "corrected"           // conflict: another correction replaces the entry already
	ReasonNotCorrectable  = "not_correctable"     // invalid: neither a note nor a correction
	ReasonNoReceipt       = "no_receipt"          // invalid: nothing is cleared without one
	ReasonConsultation    = "consultation"        // invalid: the consultation cannot be recorded as it is
	ReasonNoPeer          = "no_peer"             // not_found: nobody of that identifier is paired with this journal
	ReasonPeerRevoked     = "peer_revoked"        // untrusted: the pairing was ended
	ReasonPeerUnconfirmed = "peer_unconfirmed"    // untrusted: nobody has compared the words yet
	ReasonNoOffer         = "no_offer"            // not_found: no pairing was offered under that secret, or its time is over
	ReasonHandoverOther   = "handover_other"      // conflict: another content under an identifier that is known
	ReasonHandoverUnasked = "handover_unasked"    // invalid: a receipt for what was not given to its sender
	ReasonSubmission      = "submission"          // invalid or too_large: the submission cannot be recorded as it is
)

var (
	errFlipped = errors.New("a stored value does not authenticate")
	errShape   = errors.New("a stored value has not the expected shape")
)

// damaged says that something stored is not what was written.
func damaged(op string, err error) error {
	return &record.Error{Code: record.CodeInternal, Op: op, Reason: ReasonJournalDamaged, Err: err}
}

// isDamaged reports whether err is about the content of the file, not about the
// request.
func isDamaged(err error) bool { return record.ReasonOf(err) == ReasonJournalDamaged }

// errPurged says that an entry's content was destroyed on purpose.
func errPurged(op string) error {
	return &record.Error{Code: record.CodeExpired, Op: op, Reason: ReasonEntryPurged}
}

func isPurged(err error) bool { return record.ReasonOf(err) == ReasonEntryPurged }

func conflict(op, reason string) error {
	return &record.Error{Code: record.CodeConflict, Op: op, Reason: reason}
}

func noEntry(op string) error {
	return &record.Error{Code: record.CodeNotFound, Op: op, Reason: ReasonNoEntry}
}

func invalid(op, reason, why string) error {
	return &record.Error{Code: record.CodeInvalid, Op: op, Reason: reason, Err: errors.New(why)}
}

// fail gives err a code. Errors that have one keep it.
func fail(op string, err error) error {
	if err == nil {
		return nil
	}
	var known *record.Error
	if errors.As(err, &known) {
		return err
	}
	e := &record.Error{Code: record.CodeInternal, Op: op, Err: err}
	var path *fs.PathError
	var errno syscall.Errno
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w", op, err)
	case isDiskFull(err):
		e.Code, e.Reason = record.CodeUnavailable, ReasonDiskFull
	case errors.Is(err, berrors.ErrTimeout):
		e.Code, e.Reason = record.CodeLocked, ReasonJournalLocked
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		e.Code, e.Reason = record.CodeUnavailable, ReasonJournalClosed
	case errors.Is(err, berrors.ErrDatabaseReadOnly):
		e.Code, e.Reason = record.CodeUnavailable, ReasonReadOnly
	case errors.Is(err, berrors.ErrInvalidMapping):
		e.Code, e.Reason = record.CodeUnavailable, ReasonReopen
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		e.Reason = ReasonJournalDamaged
	case errors.As(err, &path), errors.As(err, &errno), boltText(err):
		e.Code, e.Reason = record.CodeUnavailable, ReasonDiskError
	}
	return e
}

// failElsewhere is fail for a file that the caller named: that it is not there, or may
// not be touched, says nothing about the journal's disk.
func failElsewhere(op string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s: %w", op, err)
	}
	return fail(op, err)
}

// isDiskFull reports whether err says that there is no room to write. bbolt turns
// some causes into text (growing and mapping the file), so that their words are
// looked for as well; both come from the same table of this process.
func isDiskFull(err error) bool {
	for _, errno := range diskFull {
		if errors.Is(err, errno) || strings.Contains(err.Error(), errno.Error()) {
			return true
		}
	}
	return false
}

// boltText reports whether err is what the system said while bbolt made the file
// larger, which bbolt turns into text.
func boltText(err error) bool {
	return strings.Contains(err.Error(), "file resize error:") || strings.Contains(err.Error(), "file sync error:")
}

// guard runs fn, which reads or writes bbolt's mapped pages. A damaged file makes
// bbolt panic or read memory that is not there; both become an error here. It
// works for the calling goroutine only.
func guard(op string, fn func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		if p := recover(); p != nil {
			err = damaged(op, fmt.Errorf("%v", p))
		}
	}()
	return fn()
}
