package demo

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
)

//go:embed fees.csv
var feesCSV []byte

// billFees imports the fee items and bills them: mandatory ones to everybody in
// their grades, voluntary ones to a third of the pupils.
func (d *day) billFees(ctx context.Context) error {
	report, err := d.school.Billing.ImportItems(ctx, billing.ItemImport{Sheet: bytes.NewReader(feesCSV)})
	if err != nil {
		return err
	}
	for _, item := range report.Items {
		var chosen []billing.Ref
		for i, number := range d.holders {
			if item.Voluntary && i%3 == 0 && slices.Contains(item.Grades, d.pupils[i].grade) {
				chosen = append(chosen, billing.Ref(number.Ref()))
			}
		}
		payers, err := billing.Payers(ctx, item, chosen, d.school)
		if err != nil {
			return err
		}
		assessed, err := d.school.Billing.Assess(ctx, billing.Assessment{Item: item.ID, Holders: payers, By: "fee-department"})
		if err != nil {
			return err
		}
		d.summary.Bills += assessed.Created + assessed.Existed
		d.progress(len(payers))
	}
	return nil
}

// payFees lets one guardian in four pay the bills of the child: most through
// the gateway, some in cash, small ones out of the wallet.
func (d *day) payFees(ctx context.Context) error {
	return d.payments(ctx, len(d.holders), func(i int) error {
		random := d.choice("fee", i)
		if random.IntN(4) != 0 {
			return nil
		}
		bills, err := d.school.Billing.BillsOf(ctx, billing.Ref(d.holders[i].Ref()))
		if err != nil {
			return err
		}
		for _, bill := range bills {
			if bill.Outstanding.Sign() <= 0 {
				continue
			}
			if err := d.payBill(ctx, random, i, bill); err != nil {
				return fmt.Errorf("bill %s: %w", bill.ID, err)
			}
		}
		return nil
	})
}

func (d *day) payBill(ctx context.Context, random *rand.Rand, i int, bill billing.Bill) error {
	way := random.IntN(10)
	if way < 7 {
		order, err := d.school.StartFeePayment(ctx, school.FeePayment{Key: d.key("fee-"+string(bill.ID), i), Bill: bill.ID, Guardian: guardian(i)})
		if err != nil {
			return err
		}
		return d.pay(ctx, order)
	}
	payment := billing.Payment{
		ID: ledger.KeyID(d.key("fee-"+string(bill.ID), i)), Bill: bill.ID,
		From: campus.FromCash(school.MainDesk), Amount: bill.Outstanding, By: "cashier:fees",
	}
	if way == 9 {
		payment.From = campus.FromWallet(d.holders[i].Ref())
	}
	_, err := d.school.Billing.Pay(ctx, payment)
	return d.reject(err)
}
