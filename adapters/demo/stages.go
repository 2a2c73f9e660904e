package demo

import "context"

// stageSales is the stage whose rate the summary gives.
const stageSales = "sell meals"

type stage struct {
	name string
	play func(context.Context) error
}

// stages is the day, in order.
func (d *day) stages() []stage {
	return []stage{
		{"import pupils", d.importPupils},
		{"bind guardians", d.bindGuardians},
		{"print cards", d.printCards},
		{"open canteen", d.openCanteen},
		{"grant subsidies", d.grantSubsidies},
		{"bill fees", d.billFees},
		{"top up", d.topUp},
		{"lose cards", d.loseCards},
		{stageSales, d.sell},
		{"repay arrears", d.repayArrears},
		{"pay fees", d.payFees},
		{"settle gateway", d.settleGateway},
		{"close the day", d.closeDay},
		{"settle merchant", d.settleMerchant},
		{"add up", d.total},
	}
}

// Steps is about how many steps a day has, for a progress bar.
func (o Options) Steps() int {
	o = o.withDefaults()
	return 5*o.Pupils + o.Scans
}
