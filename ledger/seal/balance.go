package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// balanceHeader is the first line of a proof of a balance.
const balanceHeader = "campusledger/balance@v1"

// Balance proves what an account stood at when a day was closed: it is a leaf of
// the tree of balances in the record of the close, and that record is in a sealed
// journal.
type Balance struct {
	// Line is the leaf: see [ledger.BalanceLine].
	Line []byte
	// Index is the account's place in the tree: its number less one.
	Index  int64
	Hashes [][hashBytes]byte
	Close  Receipt // of the record ledger.close
}

// Sealed is what a [Balance] proves.
type Sealed struct {
	Account         string
	Currency        money.Currency
	Date            ledger.Date
	Debits, Credits money.Amount // all ever, up to and including the date
	Balance         money.Amount // debit positive
}

// Marshal returns the proof as a file: a header, the leaf, its index and hashes,
// an empty line, and the receipt of the close.
func (b *Balance) Marshal() []byte {
	file := append([]byte(balanceHeader+"\n"), b.Line...)
	file = strconv.AppendInt(append(file, "\nindex "...), b.Index, 10)
	file = append(appendHashes(append(file, '\n'), b.Hashes), '\n')
	return append(file, b.Close.Marshal()...)
}

// IsBalance reports whether a file says that it is a proof of a balance, and not
// a receipt.
func IsBalance(file []byte) bool {
	file, err := unpack(file)
	return err == nil && bytes.HasPrefix(file, []byte(balanceHeader+"\n"))
}

// ParseBalance reads what [Balance.Marshal] wrote, or the text of its QR code. It
// believes what it reads: see [Verifier.Balance].
func ParseBalance(file []byte) (Balance, error) {
	file, err := unpack(file)
	if err != nil {
		return Balance{}, fmt.Errorf("balance: %w", err)
	}
	header, rest, _ := strings.Cut(string(file), "\n")
	if header != balanceHeader {
		return Balance{}, fmt.Errorf("balance: %w: it begins with %.40q", ErrFormat, header)
	}
	leaf, rest, _ := strings.Cut(rest, "\n")
	line, rest, _ := strings.Cut(rest, "\n")
	b := Balance{Line: []byte(leaf)}
	if b.Index, err = parseNumber(line, "index "); err != nil {
		return Balance{}, fmt.Errorf("balance: %w", err)
	}
	if b.Hashes, rest, err = cutHashes(rest); err != nil {
		return Balance{}, fmt.Errorf("balance: %w", err)
	}
	if b.Close, err = ParseReceipt([]byte(rest)); err != nil {
		return Balance{}, fmt.Errorf("balance: %w", err)
	}
	return b, nil
}

// Balance checks the proof and returns what it proves, and the checkpoint that
// the proof leads to.
func (v *Verifier) Balance(b *Balance) (Sealed, Checkpoint, error) {
	record, checkpoint, err := v.Receipt(&b.Close)
	if err != nil {
		return Sealed{}, Checkpoint{}, fmt.Errorf("balance: %w", err)
	}
	if record.Kind != ledger.KindDayClose || record.Balances == nil {
		return Sealed{}, Checkpoint{}, fmt.Errorf("balance: %w: record %d closes no day", ErrProof, record.Seq)
	}
	if err := checkInclusion(b.Line, b.Index, record.Balances.Accounts, b.Hashes, record.Balances.Root); err != nil {
		return Sealed{}, Checkpoint{}, fmt.Errorf("balance on %s: %w", record.Date, err)
	}
	sealed, err := parseLine(b.Line)
	if err != nil {
		return Sealed{}, Checkpoint{}, fmt.Errorf("balance: %w: %w", ErrFormat, err)
	}
	sealed.Date = record.Date
	return sealed, checkpoint, nil
}

// parseLine reads what [ledger.BalanceLine] writes.
func parseLine(line []byte) (Sealed, error) {
	var s Sealed
	var debits, credits int64
	cells := []any{&s.Account, &s.Currency, &debits, &credits}
	if err := json.Unmarshal(line, &cells); err != nil {
		return Sealed{}, err
	}
	if len(cells) != 4 || s.Account == "" || debits < 0 || credits < 0 || !bytes.Equal(ledger.BalanceLine(s.Account, s.Currency, debits, credits), line) {
		return Sealed{}, errors.New("not the line of an account")
	}
	s.Debits, s.Credits = money.Of(debits, s.Currency), money.Of(credits, s.Currency)
	s.Balance = money.Of(debits-credits, s.Currency)
	return s, nil
}
