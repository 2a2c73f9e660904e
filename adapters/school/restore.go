package school

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/campusledger/campusledger/ledger"
)

// RestoreBook rebuilds a school's book from the records of its journal, where its
// data is to be: see [ledger.Restore]. What is missing is created but for the
// keys, and an import that was cut off goes on. It wants the data to itself.
func RestoreBook(
	ctx context.Context, where Location, number int, records iter.Seq2[[]byte, error], options *ledger.RestoreOptions,
) (ledger.Head, error) {
	data, err := where.open(ctx)
	if err != nil {
		return ledger.Head{}, fmt.Errorf("restore: %w", err)
	}
	head, err := ledger.Restore(ctx, data.store, ledger.BookID(number), records, options)
	return head, errors.Join(err, data.Close())
}
