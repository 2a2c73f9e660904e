// Package demo plays a school's day through the real packages: pupils are
// imported and get cards, guardians bind and top up through the simulated
// gateway with its faults on, tills sell by scanned codes, some meals are
// served on credit, debts are repaid, fees are billed and paid, the day is
// closed, gateway and merchant are settled. Nothing is written past the
// packages' own doors, so that an audit of the result means something.
//
// What is asked for is a function of the seed. Playing the same day again on the
// same data, after a crash say, finishes what the earlier run left undone and
// doubles nothing: what was sold or paid is answered again, what was refused is
// tried again.
package demo
