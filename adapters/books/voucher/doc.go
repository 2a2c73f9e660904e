// Package voucher gives a book's closed days to the school's accounting program,
// as vouchers in the subjects of the government accounting system
// (《政府会计制度》): as text for 用友 U8 and T3, and with the element names of
// GB/T 24589 for auditors.
//
//	exporter, err := voucher.New(store, 1, nil)
//	err = exporter.Check(ctx) // every account has a subject
//	export, err := exporter.Export(ctx, file, voucher.Request{
//		Format: voucher.U8, Period: voucher.Period{From: from, To: to},
//	})
//	err = exports.Add(ctx, export) // locks the period
//	err = exporter.Verify(ctx, export)
//
// A date has one [Voucher]: all that was posted on it, summed by subject,
// auxiliary items and side. 13,000 sales are a few lines, which say in their
// abstract (摘要) which records of the journal they sum. Dates that are open are
// not exported; a date that was reopened is as it was closed at last. Vouchers
// are numbered by month, and the same period is the same bytes at any time, as
// long as its dates and those before stay closed: [MayReopen].
//
// # Mapping
//
// A mapping file says which subject an account belongs to. It is CSV in UTF-8 or
// GB18030 with these columns, in any order; those with * must be there:
//
//	账户*          the path of an account, or the first segments of many
//	来源           only accounts first posted against such an account
//	总账科目       only accounts of this control account
//	科目编码*      the subject's code: up to 15 digits, the first four from the government chart
//	科目名称*      its own name; may be left empty for a subject of the chart
//	性质*          资金, 代管, 预算内 or, in one line, 资金结存
//	往来单位 项目 部门   auxiliary items: a text, or {2} for the second segment of the path
//	预算科目编码 预算科目名称   the budget subject, for 预算内
//	说明           for people
//
// The rule with the longest path holds, then one with a control account, then the
// longest origin. No rule, no export: nothing is mapped by a guess. [DefaultMappingFile]
// fits package campus; a school changes a copy of it.
//
// # Budget entries
//
// Cash that is the school's own is booked a second time, in the budget subjects
// (平行记账). The rule is not by kind of transaction but by whose money it is, so
// that corrections and kinds of the school's own need none: accounts are money
// (资金), held for others or due to the treasury (代管), or the school's own
// (预算内). What the lines of own accounts sum to is what entered or left the
// school's cash; it is posted to their budget subjects and, on the other side, to
// 资金结存. A bill for a service gives nothing when it is made out and Dr 8001 / Cr
// 6101 when it is paid, also from a wallet; a commission kept from a merchant does
// so when it is kept; the gateway's charge gives Dr 7201 / Cr 8001; a top-up, a
// sale, a fee for others or for the treasury give nothing.
//
// # Errors
//
// See errors.go. A mapping and a book that do not fit are reported with all that
// does not: [MappingError] by line, [AccountsError] by account. A date that is not
// closed is ledger.ErrInvalid or ledger.ErrDateNotOpen. Else they are the store's.
//
// # Concurrency
//
// An [Exporter], a [Mapping] and [Exports] may be used by many goroutines. A
// ledger.Store is read at one moment by each call.
//
// # Limits
//
// One currency a book. No carrying forward at the end of a year: income and
// expenses run on, and the accounting program closes its own. Sub-subjects are
// listed directly below the chart's. The layout of U8's columns from 13 on and of
// GB/T 24589 beyond its element names was confirmed by samples only; the files are
// not certified. Budget subjects have no auxiliary items.
//
// A call takes memory by accounts (about 300 bytes each) and by lines of vouchers,
// reads the journal from the beginning of the period's month, and for each bill
// that it meets the bill's entries. Two processes that keep exports of overlapping
// periods at the same moment may both succeed.
package voucher
