package identity

import (
	"context"
	"database/sql"
	"errors"

	"github.com/campusledger/campusledger/sql/identitydb"
)

// scannedMax is how many holders one query reads: as many as HoldersGet names.
const scannedMax = 8

// scanned is a holder whose card is to be checked.
type scanned struct {
	school int
	number Number
}

// readScanned reads the holders whose cards are scanned at one moment: a counter's
// rush is one query after the other, not a hundred at once.
func (d *Directory) readScanned(ctx context.Context, asked []scanned) (map[scanned]identitydb.Holder, error) {
	found := make(map[scanned]identitydb.Holder, len(asked))
	bySchool := map[int][]int64{}
	for _, one := range asked {
		bySchool[one.school] = append(bySchool[one.school], int64(one.number))
	}
	for school, numbers := range bySchool {
		rows, err := d.holders(ctx, int64(school), numbers)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			found[scanned{school, Number(rows[i].Holder)}] = rows[i]
		}
	}
	return found, nil
}

// holders reads up to scannedMax holders; those that are unknown are left out.
func (d *Directory) holders(ctx context.Context, school int64, numbers []int64) ([]identitydb.Holder, error) {
	if len(numbers) == 1 {
		row, err := d.q.HolderGet(ctx, identitydb.HolderGetParams{School: school, Holder: numbers[0]})
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		}
		return []identitydb.Holder{row}, err
	}
	var n [scannedMax]int64 // nobody has the number 0
	copy(n[:], numbers)
	return d.q.HoldersGet(ctx, identitydb.HoldersGetParams{
		School: school, H1: n[0], H2: n[1], H3: n[2], H4: n[3], H5: n[4], H6: n[5], H7: n[6], H8: n[7],
	})
}
