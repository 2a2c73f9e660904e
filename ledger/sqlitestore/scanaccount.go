package sqlitestore

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// accountTexts are the columns of an account that have to be parsed.
type accountTexts struct {
	currency, limits, meta, used string
	floor, ceiling               sql.NullInt64
}

func scanAccount(rows *sql.Rows) (ledger.Account, error) {
	var a ledger.Account
	var t accountTexts
	err := rows.Scan(&a.Number, &a.Path, &a.Control, &t.currency, &a.Side, &t.floor, &t.ceiling, &t.limits, &t.meta, &a.State,
		&a.Debits, &a.Credits, &a.HeldDebits, &a.HeldCredits, &t.used, &a.ChangedSeq, &a.LastSeq, &a.MovedSeq, &a.Moves)
	if err != nil { // numbers come first
		return ledger.Account{}, fmt.Errorf("account %d: %w", a.Number, unreadable(rows, err))
	}
	if err := t.parse(&a); err != nil {
		return ledger.Account{}, fmt.Errorf("account %d: %w", a.Number, err)
	}
	return a, nil
}

func (t *accountTexts) parse(a *ledger.Account) error {
	var err error
	if a.Currency, err = parseCurrency(t.currency); err != nil {
		return err
	}
	if t.floor.Valid {
		a.Floor = money.Of(t.floor.Int64, a.Currency)
	}
	if t.ceiling.Valid {
		a.Ceiling = money.Of(t.ceiling.Int64, a.Currency)
	}
	if a.Limits, err = ledger.ParseLimits(t.limits, a.Currency); err != nil {
		return err
	}
	if a.Used, err = ledger.ParseUses(t.used); err != nil {
		return err
	}
	if t.meta != "" {
		a.Metadata = json.RawMessage(t.meta)
		if !json.Valid(a.Metadata) {
			return fmt.Errorf("metadata: %w: no JSON", ledger.ErrCorrupt)
		}
	}
	switch a.State {
	case ledger.StateOpen, ledger.StateFrozen, ledger.StateFrozenDebits, ledger.StateFrozenCredits, ledger.StateClosed:
		return nil
	}
	return fmt.Errorf("state %q: %w", a.State, ledger.ErrCorrupt)
}
