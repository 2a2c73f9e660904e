package billing

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/billingdb"
)

// ItemID names a fee item: 16 lower-case letters and digits, such as
// "64r3ic1o6op3a9d5", fit for a ledger path. It says nothing about the item.
type ItemID string

// itemIDs writes 5 bits a character in letters and digits.
var itemIDs = base32.HexEncoding.WithPadding(base32.NoPadding)

// ItemIDOf returns the id of a school's item with the name. It is the same
// whenever and wherever it is asked for: the first 80 bits of a SHA-256.
func ItemIDOf(school ledger.BookID, name string) ItemID {
	sum := sha256.Sum256([]byte("billing/item/" + strconv.FormatInt(int64(school), 10) + "/" + name))
	return ItemID(strings.ToLower(itemIDs.EncodeToString(sum[:10])))
}

// Item is something a school charges for, each holder the same amount.
type Item struct {
	ID     ItemID
	Name   string // unique in the school
	Nature campus.Nature
	// Grades are those whose holders the item is for.
	Grades []string
	Amount money.Amount
	// Due is the last day on which a payment is in time.
	Due ledger.Date
	// Voluntary items are billed only to holders who chose them.
	Voluntary bool
	// Billed is set before the first bill is made out. Nature, amount and
	// voluntariness are fixed from then on. A due date that is moved moves
	// for the bills too.
	Billed bool
}

// Item returns a fee item. It fails with [ErrItemUnknown].
func (o *Office) Item(ctx context.Context, id ItemID) (Item, error) {
	if !isID(string(id)) {
		return Item{}, ErrItemUnknown
	}
	row, err := o.queries.GetFeeItem(ctx, billingdb.GetFeeItemParams{School: o.school, ID: string(id)})
	if err != nil {
		return Item{}, itemFailed(id, err)
	}
	item, err := itemOf(row)
	if err != nil {
		return Item{}, itemFailed(id, err)
	}
	return item, nil
}

// Items returns the school's fee items in the order of their due dates.
func (o *Office) Items(ctx context.Context) ([]Item, error) {
	return listItems(ctx, o.queries, o.school)
}

func listItems(ctx context.Context, queries *billingdb.Queries, school int64) ([]Item, error) {
	rows, err := queries.ListFeeItems(ctx, school)
	if err != nil {
		return nil, fmt.Errorf("list fee items: %w", err)
	}
	items := make([]Item, len(rows))
	for i := range rows {
		if items[i], err = itemOf(rows[i]); err != nil {
			return nil, itemFailed(ItemID(rows[i].ID), err)
		}
	}
	return items, nil
}

// itemFailed says which item an error concerns.
func itemFailed(id ItemID, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrItemUnknown
	}
	return fmt.Errorf("fee item %s: %w", id, err)
}

// gradeSeparator joins grades in the table; no grade contains it.
const gradeSeparator = ";"

func itemOf(row billingdb.FeeItem) (Item, error) {
	amount, err := amountOf(row.AmountMinor, row.Currency)
	if err != nil {
		return Item{}, err
	}
	due, err := ledger.ParseDate(row.DueDate)
	if err != nil {
		return Item{}, err
	}
	return Item{
		ID: ItemID(row.ID), Name: row.Name, Nature: campus.Nature(row.Nature),
		Grades: strings.Split(row.Grades, gradeSeparator), Amount: amount, Due: due,
		Voluntary: row.Voluntary, Billed: row.Billed,
	}, nil
}

func amountOf(minor int64, code string) (money.Amount, error) {
	currency, err := money.ParseCurrency(code)
	if err != nil {
		return money.Amount{}, err
	}
	return money.Of(minor, currency), nil
}
