package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/seal"
)

func verifyReceipt(verifier *seal.Verifier, file []byte) (verdict, error) {
	v := verdict{Kind: "receipt"}
	receipt, err := seal.ParseReceipt(file)
	if err != nil {
		return v, err
	}
	v.note = receipt.Checkpoint
	record, checkpoint, err := verifier.Receipt(&receipt)
	if err != nil {
		return v, err
	}
	v.cover(&checkpoint)
	v.Record = receipt.Record
	v.say("This is record %d of the journal %s, as it was written and sealed:\n\n%s", record.Seq, checkpoint.Origin, recordWords(&record))
	return v, nil
}

func verifyBalance(verifier *seal.Verifier, file []byte) (verdict, error) {
	v := verdict{Kind: "balance"}
	balance, err := seal.ParseBalance(file)
	if err != nil {
		return v, err
	}
	v.note = balance.Close.Checkpoint
	sealed, checkpoint, err := verifier.Balance(&balance)
	if err != nil {
		return v, err
	}
	v.cover(&checkpoint)
	v.Account, v.Date, v.Currency = sealed.Account, sealed.Date.String(), sealed.Currency.Code()
	v.Debits, v.Credits, v.Balance = sealed.Debits.Decimal(), sealed.Credits.Decimal(), sealed.Balance.Decimal()
	v.say("At the end of %s the account %s of the journal %s stood at %s.",
		sealed.Date, sealed.Account, checkpoint.Origin, sideWords(sealed.Balance))
	v.say("Up to then %s was debited and %s credited to it in all.", sealed.Debits, sealed.Credits)
	return v, nil
}

// cover takes over what the proof leads to.
func (v *verdict) cover(checkpoint *seal.Checkpoint) {
	v.Origin, v.Size, v.Root = checkpoint.Origin, checkpoint.Size, fmt.Sprintf("%x", checkpoint.Root)
}

func (v *verdict) say(format string, args ...any) {
	v.words = append(v.words, fmt.Sprintf(format, args...))
}

// print says what was proven in words for people who keep no books.
func (v *verdict) print(s streams) error {
	if !v.Proven {
		_, err := fmt.Fprintf(s.out, "NOT PROVEN: do not rely on this %s.\n%s\n", v.Kind, v.Reason)
		return err
	}
	by := "a key that you trust: " + strings.Join(v.SignedBy, ", ")
	if v.Witnesses > 0 {
		by += fmt.Sprintf(";\nand by at least %d of the witnesses that you named", v.Witnesses)
	}
	_, err := fmt.Fprintf(s.out, "PROVEN\n%s\nThe checkpoint of the first %s is signed by %s.\n",
		strings.Join(v.words, "\n"), counted(v.Size, "record"), by)
	return err
}

// counted is a number of things: one, or many.
func counted[N int | int64](n N, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// recordWords describes a record: what, when, and each account it moved.
func recordWords(r *ledger.Record) string {
	var b strings.Builder
	say := func(name, value string) {
		if value != "" {
			_, _ = fmt.Fprintf(&b, "  %-9s %s\n", name, value)
		}
	}
	say("what", r.Kind)
	say("date", r.Date.String())
	say("written", inChina(r.At))
	say("id", r.ID.String())
	say("by", r.By)
	say("why", r.Why)
	say("document", string(r.Document))
	for i := range r.Accounts {
		say("account", r.Accounts[i].Path)
	}
	if len(r.Lines) == 0 {
		return b.String()
	}
	t := newTable(&b, "account", "debit", "credit", "balance after")
	for i := range r.Lines {
		line := &r.Lines[i]
		debit, credit := line.Amount.Decimal(), ""
		if line.Amount.Sign() < 0 {
			debit, credit = "", strings.TrimPrefix(line.Amount.Decimal(), "-")
		}
		t.AppendRow(table.Row{line.Account, debit, credit, sideWords(line.Balance)})
	}
	t.Render()
	return b.String()
}

// sideWords is a balance with the side it is on.
func sideWords(balance money.Amount) string {
	switch text := balance.String(); balance.Sign() {
	case 0:
		return text
	case 1:
		return text + " debit"
	default:
		return strings.Replace(text, "-", "", 1) + " credit"
	}
}
