package ledger

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/campusledger/campusledger/ledger/money"
)

// Balances commit a day close to what every account stood at, in a few bytes:
// the root of a Merkle tree (RFC 6962, 2.1) with one leaf for each account, in
// the order of the accounts' numbers. See [BalanceLine].
type Balances struct {
	Accounts int64 // that existed at the close: the leaves
	Root     [32]byte
}

// BalanceLine returns the leaf of an account in the tree of [Balances]: its
// path, its currency, and all that was ever debited and credited up to and
// including the date closed, in minor units, as a JSON array without white
// space.
func BalanceLine(path string, currency money.Currency, debits, credits int64) []byte {
	b := appendString(append(make([]byte, 0, 32+len(path)), '['), path)
	b = append(b, ',', '"')
	b = append(b, currency.Code()...)
	b = append(b, '"', ',')
	b = append(strconv.AppendInt(b, debits, 10), ',')
	return append(strconv.AppendInt(b, credits, 10), ']')
}

func appendBalances(b []byte, balances *Balances) []byte {
	b = append(b, `{"accounts":`...)
	b = strconv.AppendInt(b, balances.Accounts, 10)
	b = append(b, `,"root":"`...)
	b = hex.AppendEncode(b, balances.Root[:])
	return append(b, `"}`...)
}

// closeBalances returns what every account stands at when a date is closed, the
// nodes of its tree that are kept, and a closing for each account touched since
// the last close. Ahead is what belongs to later dates.
func (d *draft) closeBalances(date Date, ahead map[string]Closing) (*Balances, error) {
	tree := NewTree()
	keep := func(level int, number int64, hash []byte) {
		d.nodes = append(d.nodes, Node{Tree: d.record.Seq, Level: level, Number: number, Hash: hash})
	}
	slices.SortFunc(d.state.all, func(x, y Account) int { return cmp.Compare(x.Number, y.Number) })
	for i := range d.state.all {
		account := &d.state.all[i]
		later := ahead[account.Path]
		debits, credits := account.Debits-later.Debits, account.Credits-later.Credits
		if err := tree.Append(LeafHash(BalanceLine(account.Path, account.Currency, debits, credits)), keep); err != nil {
			return nil, err
		}
		if account.LastSeq > d.state.head.TouchedSeq {
			d.closings = append(d.closings, ClosingRow{Account: account.Number, Date: date, Debits: debits, Credits: credits})
		}
	}
	root, err := tree.Root()
	if err != nil {
		return nil, err
	}
	return &Balances{Accounts: tree.Size(), Root: [32]byte(root)}, nil
}
