package identity

import (
	"context"
	"encoding/base64"
	"fmt"
	"iter"

	"github.com/campusledger/campusledger/sql/identitydb"
)

// Holder returns one holder in the clear, or [ErrUnknownHolder].
func (d *Directory) Holder(ctx context.Context, school int, number Number) (*Holder, error) {
	row, err := d.q.HolderGet(ctx, identitydb.HolderGetParams{School: int64(school), Holder: int64(number)})
	if err != nil {
		return nil, fmt.Errorf("read holder %s: %w", number.Ref(), orUnknown(err))
	}
	return d.holder(&row)
}

// HolderByStudentNo returns the holder with the student number (or staff
// number) in the clear, or [ErrUnknownHolder].
func (d *Directory) HolderByStudentNo(ctx context.Context, school int, studentNo string) (*Holder, error) {
	row, err := d.q.HolderByStudent(ctx, identitydb.HolderByStudentParams{
		School: int64(school), StudentIndex: d.sealer.studentIndex(int64(school), studentNo),
	})
	if err != nil {
		return nil, fmt.Errorf("read holder by student number: %w", orUnknown(err))
	}
	return d.holder(&row)
}

const (
	pageDefault = 100
	pageMax     = 1000
)

// Filter chooses holders of one school; an empty field does not restrict.
type Filter struct {
	School int
	Status Status
	Grade  string
	Class  string
	Cursor string // where a page begins: Next of the page before
	Limit  int    // holders a page; default 100, at most 1000
}

// Page is some of a school's holders, masked, in order of their numbers.
type Page struct {
	Holders []*Masked
	Next    string // empty on the last page
}

// Page returns the holders after the filter's cursor. Holders created between
// two pages may be missed; none is shown twice.
func (d *Directory) Page(ctx context.Context, filter Filter) (*Page, error) {
	after, err := parseCursor(filter.Cursor)
	if err != nil {
		return nil, err
	}
	rows, err := d.page(ctx, filter, after)
	if err != nil {
		return nil, err
	}
	page := &Page{Holders: make([]*Masked, 0, len(rows))}
	for i := range rows {
		masked, err := d.masked(&rows[i])
		if err != nil {
			return nil, err
		}
		page.Holders = append(page.Holders, masked)
	}
	if len(rows) == int(filter.limit()) {
		page.Next = formatCursor(Number(rows[len(rows)-1].Holder))
	}
	return page, nil
}

// Holders yields all holders of the filter in the clear, for tasks of the
// school's own staff such as printing cards; Limit is how many are read at a
// time. It ends after the first error.
func (d *Directory) Holders(ctx context.Context, filter Filter) iter.Seq2[*Holder, error] {
	return func(yield func(*Holder, error) bool) {
		after, err := parseCursor(filter.Cursor)
		for err == nil {
			var rows []identitydb.Holder
			rows, err = d.page(ctx, filter, after)
			for i := range rows {
				holder, err := d.holder(&rows[i])
				if !yield(holder, err) || err != nil {
					return
				}
				after = holder.Number
			}
			if err == nil && len(rows) < int(filter.limit()) {
				return
			}
		}
		yield(nil, err)
	}
}

func (d *Directory) page(ctx context.Context, filter Filter, after Number) ([]identitydb.Holder, error) {
	rows, err := d.q.HolderPage(ctx, identitydb.HolderPageParams{
		School: int64(filter.School), After: int64(after), Status: string(filter.Status),
		Grade: filter.Grade, Class: filter.Class, PageSize: filter.limit(),
	})
	if err != nil {
		return nil, fmt.Errorf("list holders of school %d: %w", filter.School, err)
	}
	return rows, nil
}

func (f *Filter) limit() int32 {
	switch {
	case f.Limit <= 0:
		return pageDefault
	case f.Limit > pageMax:
		return pageMax
	default:
		return int32(f.Limit)
	}
}

func formatCursor(after Number) string {
	return base64.RawURLEncoding.EncodeToString([]byte(after.Ref()))
}

func parseCursor(cursor string) (Number, error) {
	if cursor == "" {
		return 0, nil
	}
	ref, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return 0, ErrCursor
	}
	number, err := ParseRef(string(ref))
	if err != nil {
		return 0, ErrCursor
	}
	return number, nil
}
