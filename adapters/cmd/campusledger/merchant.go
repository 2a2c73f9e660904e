package main

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/canteen"
)

type merchantCmd struct {
	place
	ID    string `arg:"" help:"Lower-case letters, digits and hyphens, such as canteen1; tills name it in each sale."`
	Name  string `arg:"" help:"Its name, for people."`
	Payee string `help:"Where payouts go, for the one who makes the transfer; no full account number."`
	By    string `help:"Who creates it." default:"operator"`
}

// Validate is called by kong.
func (c *merchantCmd) Validate() error {
	if c.By == "" {
		return errNobody
	}
	return c.place.Validate()
}

// Run creates the merchant with its accounts, or changes its name and payee.
func (c *merchantCmd) Run(ctx context.Context, s streams) error {
	if err := c.exists(); err != nil {
		return err
	}
	opened, err := school.Open(ctx, c.location(), &school.Options{Number: c.School})
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	if err := opened.Merchants.Put(ctx, canteen.Merchant{ID: c.ID, Name: c.Name, Payee: c.Payee}, c.By); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "Merchant %s is there.\n", c.ID)
	return err
}
