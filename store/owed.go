package store

import (
	"context"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Owed returns every item that is not cleared, what needs a person included, the
// earliest deadline first. An item that cannot be read holds up no other: it is
// logged, counted by [Journal.Counts] and left out.
func (j *Journal) Owed(ctx context.Context) (items []record.Item, err error) {
	err = j.view(ctx, "list outbox", func(tx *snapshot) error {
		items = nil
		b, err := bucket(tx, bucketByDeadline)
		if err != nil {
			return err
		}
		cursor := b.Cursor()
		for k, _ := cursor.First(); k != nil; k, _ = cursor.Next() {
			item, seq, err := j.indexed(tx, k, func(i record.Item) time.Time { return i.Deadline })
			if err != nil {
				j.noteDamage(seq, err)
				continue
			}
			if owed(item.State) {
				items = append(items, item)
			}
		}
		return nil
	})
	return items, err
}
