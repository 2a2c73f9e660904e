package ledger

// draft is the record being decided, with copies of the accounts it moves.
type draft struct {
	state    *state
	record   Record
	accounts drawn
	closings []ClosingRow
	nodes    []Node
	holds    []StoredHold // as they stand after the record
	refunds  []Refunded   // as they stand after the record
	settle   func(*state) // what the record does to the head
}

// account returns a copy of the account that the draft may move.
func (d *draft) account(path string) (*Account, error) {
	if account := d.accounts.find(path); account != nil {
		return account, nil
	}
	earlier := d.state.account(path)
	if earlier == nil {
		return nil, &AccountError{Account: path, Err: ErrAccountUnknown}
	}
	return d.accounts.add(earlier), nil
}

// open adds a new account.
func (d *draft) open(spec AccountSpec) error {
	if d.accounts.find(spec.Path) != nil || d.state.account(spec.Path) != nil {
		return &AccountError{Account: spec.Path, Err: ErrAccountExists}
	}
	number := d.state.head.Accounts + int64(len(d.accounts.list)) + 1
	d.accounts.add(&Account{AccountSpec: spec.clone(), Number: number, ChangedSeq: d.record.Seq})
	return nil
}

// drawn are a draft's own accounts, copied or opened, in that order.
type drawn struct {
	list   []*Account
	byPath map[string]*Account // once there are many
}

// drawnFew is up to how many accounts it is quicker to look at each.
const drawnFew = 8

// find returns an account, nil if the draft has not drawn it.
func (d *drawn) find(path string) *Account {
	if d.byPath != nil {
		return d.byPath[path]
	}
	for _, account := range d.list {
		if account.Path == path {
			return account
		}
	}
	return nil
}

// add draws a copy of the account and returns it.
func (d *drawn) add(account *Account) *Account {
	if n := len(d.list); n < cap(d.list) && d.list[:n+1][n] != nil {
		d.list = d.list[:n+1] // the memory of an earlier one
	} else {
		d.list = append(d.list, new(Account))
	}
	own := d.list[len(d.list)-1]
	*own = *account
	switch {
	case d.byPath != nil:
		d.byPath[own.Path] = own
	case len(d.list) > drawnFew:
		d.byPath = make(map[string]*Account, 2*len(d.list))
		for _, one := range d.list {
			d.byPath[one.Path] = one
		}
	}
	return own
}

// emptied returns none, with the memory of these.
func (d *drawn) emptied() drawn { return drawn{list: d.list[:0]} }
