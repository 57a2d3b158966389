package recipient

import (
	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/fhir"
)

// JournalHeads returns what the resources that are held say of the journals that sent
// them: the head in the extension of each submission set, and in the entity of each
// audit event. Whoever runs a recipient shows them to whom they are about.
func (s *Server) JournalHeads() ([]string, error) {
	var heads []string
	err := s.db.View(func(tx *bolt.Tx) error {
		for _, kind := range []string{"List", "AuditEvent"} {
			err := each(tx, kind, func(_ string, r resource) error {
				if head := fhir.JournalHeadOf(r); head != "" {
					heads = append(heads, head)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return heads, err
}
