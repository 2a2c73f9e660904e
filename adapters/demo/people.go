package demo

import (
	"context"
	"fmt"
	"slices"

	"github.com/campusledger/campusledger/adapters/roster"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// printCards gives every holder a card.
func (d *day) printCards(ctx context.Context) error {
	d.codes = make([]string, 0, len(d.holders))
	for batch := range slices.Chunk(d.holders, 500) {
		codes, err := d.school.IssueCards(ctx, batch, "office")
		if err != nil {
			return err
		}
		d.codes = append(d.codes, codes...)
		d.progress(len(batch))
	}
	return nil
}

// bindGuardians lets a guardian of each pupil find the child by name and
// student number, look at the masked answer, and bind.
func (d *day) bindGuardians(ctx context.Context) error {
	d.holders = make([]identity.Number, len(d.pupils))
	return d.each(len(d.pupils), func(i int) error {
		bindings, err := d.school.Directory.Bindings(ctx, guardian(i))
		if err != nil {
			return err
		}
		if len(bindings) > 0 { // by an earlier run
			d.holders[i] = bindings[0].Holder.Number
			return nil
		}
		found, err := d.school.Directory.Lookup(ctx, identity.Claim{
			Guardian: guardian(i), School: d.school.Number(), Name: d.pupils[i].name, StudentNo: d.pupils[i].studentNo,
		})
		if err != nil {
			return fmt.Errorf("look up pupil %d: %w", i+1, err)
		}
		d.holders[i] = found.Holder.Number
		_, err = d.school.Directory.Bind(ctx, guardian(i), found.Ticket)
		return err
	})
}

// guardian is the login of the pupil's guardian.
func guardian(i int) string { return fmt.Sprintf("demo-guardian-%d", i+1) }

// importPupils sends the roster through the import that a school uses.
func (d *day) importPupils(ctx context.Context) error {
	d.pupils = pupils(d.random, d.options.Pupils)
	file, err := rosterCSV(d.pupils)
	if err != nil {
		return err
	}
	sheet, err := roster.Read(file, "roster.csv")
	if err != nil {
		return err
	}
	before := 0
	result, err := sheet.Import(ctx,
		roster.Target{School: d.school.Number(), Directory: d.school.Directory, Accounts: d.school},
		&roster.Options{Progress: func(done, _ int) { d.progress(done - before); before = done }})
	if err != nil {
		return err
	}
	if result.Failed > 0 {
		return fmt.Errorf("%d rows were refused, the first in row %d: %s", result.Failed, result.Errors[0].Row, result.Errors[0].Code)
	}
	d.summary.Pupils = result.OK
	return nil
}
