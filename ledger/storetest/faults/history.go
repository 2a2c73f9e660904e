package faults

import (
	"fmt"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/campusledger/campusledger/ledger"
)

// historyMax bounds how long the history of all accounts of a round may take to judge.
const historyMax = 30 * time.Second

// event is what a client saw of one account: a posting or a reading, or that a
// posting was refused for want of money. Minor units are debit positive.
type event struct {
	account string
	read    bool
	refused bool
	moved   int64 // by a posting
	balance int64 // read, or after the posting
}

// accountModel is one account without holds: a balance.
var accountModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		accounts := make(map[string][]porcupine.Operation)
		for _, o := range history {
			path := o.Input.(event).account
			accounts[path] = append(accounts[path], o)
		}
		var parts [][]porcupine.Operation
		for _, part := range accounts {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return int64(0) },
	Step: func(state, input, _ any) (bool, any) {
		balance, e := state.(int64), input.(event)
		switch {
		case e.read:
			return e.balance == balance, balance
		case e.refused: // a wallet owes no less than nothing
			return balance+e.moved > 0, balance
		}
		return e.balance == balance+e.moved, balance + e.moved
	},
}

// checkHistories asks porcupine whether each account could have been one register
// on which each call worked at one moment between its beginning and its end.
func (r *round) checkHistories() {
	var history []porcupine.Operation
	for _, c := range r.calls {
		for _, e := range c.events() {
			history = append(history, porcupine.Operation{
				ClientId: c.client, Input: e, Call: int64(c.began), Return: int64(c.ended),
			})
		}
	}
	switch porcupine.CheckOperationsTimeout(accountModel, history, historyMax) {
	case porcupine.Illegal:
		r.find("the history of an account is not linearizable: %s", unlinear(history))
	case porcupine.Unknown:
		r.find("the history of the accounts could not be judged within %s", historyMax)
	}
}

// events are what a call tells of accounts.
func (c *call) events() []event {
	switch {
	case c.Do == doRead && c.Outcome == acknowledged:
		return []event{{account: c.Wallet, read: true, balance: c.Balance}}
	case c.Outcome == refused && c.Code == "insufficient" && c.Do == doPay && c.Wallet < wallet(heldFrom):
		return []event{{account: c.Wallet, refused: true, moved: c.Minor}}
	case c.Outcome != acknowledged:
		return nil
	}
	if !c.Do.posts() {
		return nil
	}
	var list []event
	for _, body := range c.Records {
		record, err := ledger.ParseRecord(body)
		if err != nil {
			continue // of which the journal tells
		}
		for i := range record.Lines {
			line := &record.Lines[i]
			if line.Amount.Minor() != 0 {
				list = append(list, event{account: line.Account, moved: line.Amount.Minor(), balance: line.Balance.Minor()})
			}
		}
	}
	return list
}

// unlinear names the accounts at fault.
func unlinear(history []porcupine.Operation) string {
	var names []string
	for _, part := range accountModel.Partition(history) {
		if porcupine.CheckOperationsTimeout(accountModel, part, historyMax) == porcupine.Illegal {
			names = append(names, fmt.Sprintf("%s (%d calls)", part[0].Input.(event).account, len(part)))
		}
	}
	return fmt.Sprint(names)
}
