package audit_test

import (
	"slices"
	"strings"
)

// doing is how a tampering is done, and where the finding must be. {id} and
// {blob} stand for a literal UUID and 32 literal bytes of the engine.
type doing struct {
	statement          string
	table, key, column string
}

const insertAccount = "insert into account (book_id, number, path, control, currency, side, state, limits, meta, debits, credits, " +
	"held_debits, held_credits, used, changed_seq, last_seq, moved_seq, moves) "

const (
	balanceRow    = "side, floor, ceiling, debits, credits, held_debits, held_credits, used, last_seq, moved_seq, moves "
	insertBalance = "insert into balance (book_id, number, side, floor, ceiling, debits, credits, held_debits, held_credits, used, last_seq, moved_seq, moves) "
)

// sqliteDoings are those that are done otherwise where accounts lie in two tables.
var sqliteDoings = map[string]string{
	"account.number": "update account set number = 99 where number = 3; update balance set number = 99 where number = 3",
	"an inserted account": "insert into account select book_id, 98, 'wallet/h9', control, currency, state, limits, meta, changed_seq " +
		"from account where number = 3; " + insertBalance + "select book_id, 98, " + balanceRow + "from balance where number = 3",
	"an account's row again, with no path": "insert into account select book_id, number, null, control, currency, state, limits, meta, changed_seq " +
		"from account where number = 3",
	"an account behind the last that cannot be read": "insert into account " +
		"select book_id, 98, 'zzz', control, 'ZZZ', state, limits, meta, changed_seq from account where number = 1",
	"the last day gone from all tables but seals":   rollback(without("seal", sqliteTables)...),
	"the last day gone from all tables but cursors": rollback(without("cursor", sqliteTables)...),
	"the last day gone from every table":            rollback(sqliteTables...),
}

// doings are by the names of the tamperings, and done to book 7.
var doings = map[string]doing{
	"book.book_id": {
		"update book set book_id = 8",
		"book", "book=7", "",
	},
	"book.name": {
		"update book set name = 'No. 2 School'",
		"book", "book=7", "name",
	},
	"book.seq": {
		"update book set seq = 52",
		"book", "book=7", "seq",
	},
	"book.accounts": {
		"update book set accounts = accounts + 1",
		"book", "book=7", "accounts",
	},
	"book.open_date": {
		"update book set open_date = '2026-09-13'",
		"book", "book=7", "open_date",
	},
	"book.closed_seq": {
		"update book set closed_seq = 9",
		"book", "book=7", "closed_seq",
	},
	"book.reopen_seq": {
		"update book set reopen_seq = 41",
		"book", "book=7", "reopen_seq",
	},
	"book.touched_seq": {
		"update book set touched_seq = 48",
		"book", "book=7", "touched_seq",
	},
	"book.chart_seq": {
		"update book set chart_seq = 21",
		"book", "book=7", "chart_seq",
	},
	"book.at": {
		"update book set at = '2026-09-07T00:00:00.000000Z'",
		"book", "book=7", "at",
	},
	"book.tree": {
		"update book set tree = {blob}",
		"book", "book=7", "tree",
	},
	"account.book_id": {
		"update account set book_id = 8 where number = 3",
		"account", "number=3 path=wallet/h1", "",
	},
	"account.number": {
		"update account set number = 99 where number = 3",
		"account", "number=3 path=wallet/h1", "",
	},
	"account.path": {
		"update account set path = 'wallet/h9' where number = 3",
		"account", "number=3 path=wallet/h1", "path",
	},
	"account.control": {
		"update account set control = '2309' where number = 3",
		"account", "number=3 path=wallet/h1", "control",
	},
	"account.currency": {
		"update account set currency = 'EUR' where number = 3",
		"account", "number=3 path=wallet/h1", "currency",
	},
	"account.side": {
		"update account set side = 1 where number = 3",
		"account", "number=3 path=wallet/h1", "side",
	},
	"account.floor": {
		"update account set floor = -100000 where number = 3",
		"account", "number=3 path=wallet/h1", "floor",
	},
	"account.ceiling": {
		"update account set ceiling = null where number = 3",
		"account", "number=3 path=wallet/h1", "ceiling",
	},
	"account.state": {
		"update account set state = 'frozen' where number = 3",
		"account", "number=3 path=wallet/h1", "state",
	},
	"account.debits": {
		"update account set debits = debits + 1 where number = 3",
		"account", "number=3 path=wallet/h1", "debits",
	},
	"account.credits": {
		"update account set credits = credits + 1 where number = 3",
		"account", "number=3 path=wallet/h1", "credits",
	},
	"account.last_seq": {
		"update account set last_seq = 18 where number = 3",
		"account", "number=3 path=wallet/h1", "last_seq",
	},
	"account.limits": {
		"update account set limits = '' where number = 3",
		"account", "number=3 path=wallet/h1", "limits",
	},
	"account.meta": {
		"update account set meta = '' where number = 3",
		"account", "number=3 path=wallet/h1", "meta",
	},
	"account.held_debits": {
		"update account set held_debits = 0 where number = 11",
		"account", "number=11 path=wallet/h3", "held_debits",
	},
	"account.held_credits": {
		"update account set held_credits = 0 where number = 2",
		"account", "number=2 path=merchant/m1", "held_credits",
	},
	"account.used": {
		"update account set used = '' where number = 11",
		"account", "number=11 path=wallet/h3", "used",
	},
	"account.changed_seq": {
		"update account set changed_seq = 3 where number = 3",
		"account", "number=3 path=wallet/h1", "changed_seq",
	},
	"account.moved_seq": {
		"update account set moved_seq = 46 where number = 3",
		"account", "number=3 path=wallet/h1", "moved_seq",
	},
	"account.moves": {
		"update account set moves = moves + 1 where number = 3",
		"account", "number=3 path=wallet/h1", "moves",
	},
	"an account's number but not its balance's": {
		"update account set number = 99 where number = 3",
		"account", "number=3 path=wallet/h1", "",
	},
	"balance.book_id": {
		"update balance set book_id = 8 where number = 3",
		"account", "number=3 path=wallet/h1", "",
	},
	"balance.number": {
		"update balance set number = 99 where number = 3",
		"account", "number=3 path=wallet/h1", "",
	},
	"balance.side": {
		"update balance set side = 1 where number = 3",
		"account", "number=3 path=wallet/h1", "side",
	},
	"balance.floor": {
		"update balance set floor = -100000 where number = 3",
		"account", "number=3 path=wallet/h1", "floor",
	},
	"balance.ceiling": {
		"update balance set ceiling = null where number = 3",
		"account", "number=3 path=wallet/h1", "ceiling",
	},
	"balance.debits": {
		"update balance set debits = debits + 1 where number = 3",
		"account", "number=3 path=wallet/h1", "debits",
	},
	"balance.credits": {
		"update balance set credits = credits + 1 where number = 3",
		"account", "number=3 path=wallet/h1", "credits",
	},
	"balance.held_debits": {
		"update balance set held_debits = 0 where number = 11",
		"account", "number=11 path=wallet/h3", "held_debits",
	},
	"balance.held_credits": {
		"update balance set held_credits = 0 where number = 2",
		"account", "number=2 path=merchant/m1", "held_credits",
	},
	"balance.used": {
		"update balance set used = '' where number = 11",
		"account", "number=11 path=wallet/h3", "used",
	},
	"balance.last_seq": {
		"update balance set last_seq = 18 where number = 3",
		"account", "number=3 path=wallet/h1", "last_seq",
	},
	"balance.moved_seq": {
		"update balance set moved_seq = 46 where number = 3",
		"account", "number=3 path=wallet/h1", "moved_seq",
	},
	"balance.moves": {
		"update balance set moves = moves + 1 where number = 3",
		"account", "number=3 path=wallet/h1", "moves",
	},
	"a deleted balance": {
		"delete from balance where number = 3",
		"account", "number=3 path=wallet/h1", "",
	},
	"an inserted balance": {
		insertBalance + "select book_id, 98, " + balanceRow + "from balance where number = 3",
		"balance", "number=98", "",
	},
	"a balance's row twice": {
		"insert into balance select * from balance where number = 3",
		"account", "number=3 path=wallet/h1", "",
	},
	"two balances swapped": {
		"update balance set number = 9 - number where number in (3, 6)",
		"account", "number=3 path=wallet/h1", "credits",
	},
	"a balance that is none": {
		"update balance set debits = 'much' where number = 3",
		"account", "number=3 path=wallet/h1", "",
	},
	"a balance's number that is none": {
		insertBalance + "select book_id, 'none', " + balanceRow + "from balance where number = 3",
		"account", "a number", "",
	},
	"journal.book_id": {
		"update journal set book_id = 8 where seq = 6",
		"journal", "seq=6", "",
	},
	"journal.seq": {
		"update journal set seq = 60 where seq = 6",
		"journal", "seq=6", "",
	},
	"journal.id": {
		"update journal set id = {id} where seq = 6",
		"journal", "seq=6", "id",
	},
	"journal.date": {
		"update journal set date = '2026-09-08' where seq = 6",
		"journal", "seq=6", "date",
	},
	"journal.body": {
		"update journal set body = replace(body, 'sale-1', 'sale-7') where seq = 6",
		"journal", "seq=6", "mark",
	},
	"journal.mark": {
		"update journal set mark = mark + 1 where seq = 6",
		"journal", "seq=6", "mark",
	},
	"closing.book_id": {
		"update closing set book_id = 8 where account = 3 and date = '2026-09-07'",
		"closing", "account=wallet/h1 date=2026-09-07", "",
	},
	"closing.account": {
		"update closing set account = 99 where account = 3 and date = '2026-09-07'",
		"closing", "account=wallet/h1 date=2026-09-07", "",
	},
	"closing.date": {
		"update closing set date = '2026-09-09' where account = 3 and date = '2026-09-08'",
		"closing", "account=wallet/h1 date=2026-09-09", "",
	},
	"closing.debits": {
		"update closing set debits = 751 where account = 3 and date = '2026-09-07'",
		"closing", "account=wallet/h1 date=2026-09-07", "debits",
	},
	"closing.credits": {
		"update closing set credits = 1 where account = 3 and date = '2026-09-07'",
		"closing", "account=wallet/h1 date=2026-09-07", "credits",
	},
	"hold.book_id": {
		"update hold set book_id = 8 where seq = 26",
		"hold", "seq=26", "",
	},
	"hold.seq": {
		"update hold set seq = 27 where seq = 26",
		"hold", "seq=27", "",
	},
	"hold.id": {
		"update hold set id = {id} where seq = 26",
		"hold", "seq=26", "id",
	},
	"hold.state": {
		"update hold set state = 'released' where seq = 26",
		"hold", "seq=26", "state",
	},
	"hold.expires": {
		"update hold set expires = null where seq = 51",
		"hold", "seq=51", "expires",
	},
	"hold.captured": {
		"update hold set captured = '[500,0,400]' where seq = 26",
		"hold", "seq=26", "captured",
	},
	"hold.last_seq": {
		"update hold set last_seq = 27 where seq = 26",
		"hold", "seq=26", "last_seq",
	},
	"refund.book_id": {
		"update refund set book_id = 8 where seq = 25 and line = 1",
		"refund", "seq=25 line=1", "",
	},
	"refund.seq": {
		"update refund set seq = 26 where seq = 25 and line = 1",
		"refund", "seq=26 line=1", "",
	},
	"refund.line": {
		"update refund set line = 2 where seq = 25 and line = 1",
		"refund", "seq=25 line=2", "",
	},
	"refund.amount": {
		"update refund set amount = 300 where seq = 25 and line = 1",
		"refund", "seq=25 line=1", "amount",
	},
	"a deleted head": {
		"delete from book",
		"book", "book=7", "",
	},
	"a deleted account": {
		"delete from account where number = 3",
		"account", "number=3 path=wallet/h1", "",
	},
	"a deleted record": {
		"delete from journal where seq = 6",
		"journal", "seq=6", "",
	},
	"a deleted last record": {
		"delete from journal where seq = 53",
		"journal", "seq=53", "",
	},
	"a deleted closing": {
		"delete from closing where account = 3 and date = '2026-09-07'",
		"closing", "account=wallet/h1 date=2026-09-07", "",
	},
	"an inserted account": {
		insertAccount + "select book_id, 98, 'wallet/h9', control, currency, side, state, limits, meta, debits, credits, held_debits, held_credits, " +
			"used, changed_seq, last_seq, moved_seq, moves from account where number = 3",
		"account", "number=98 path=wallet/h9", "",
	},
	"an account's row again, with no path": {
		insertAccount + "select book_id, number, null, control, currency, side, state, limits, meta, debits, credits, held_debits, held_credits, " +
			"used, changed_seq, last_seq, moved_seq, moves from account where number = 3",
		"account", "number=3", "",
	},
	"an account's row twice": {
		"insert into account select * from account where number = 3",
		"account", "number=3 path=wallet/h1", "",
	},
	"an inserted record": {
		"insert into journal select book_id, 54, {id}, mark, date, body from journal where seq = 20",
		"journal", "seq=54", "",
	},
	"a record before the first": {
		"insert into journal select book_id, 0, {id}, mark, date, body from journal where seq = 20",
		"journal", "seq=0", "",
	},
	"a record's row twice": {
		"insert into journal select * from journal where seq = 6",
		"journal", "seq=6", "",
	},
	"an inserted closing": {
		"insert into closing select book_id, account, '2026-09-10', debits, credits from closing where account = 3 and date = '2026-09-07'",
		"closing", "account=wallet/h1 date=2026-09-10", "",
	},
	"a closing's row twice": {
		"insert into closing select * from closing where account = 3 and date = '2026-09-07'",
		"closing", "account=wallet/h1 date=2026-09-07", "",
	},
	"an inserted closing that repeats the one before": {
		"insert into closing select book_id, account, '2026-09-13', debits, credits from closing where account = 1 and date = '2026-09-12'",
		"closing", "account=bank date=2026-09-13", "",
	},
	"a closing that was taken back": {
		"insert into closing select book_id, account, '2026-09-14', debits, credits from closing where account = 1 and date = '2026-09-12'",
		"closing", "account=bank date=2026-09-14", "",
	},
	"a deleted hold": {
		"delete from hold where seq = 28",
		"hold", "seq=28", "",
	},
	"a deleted refund": {
		"delete from refund where seq = 31 and line = 2",
		"refund", "seq=31 line=2", "",
	},
	"an inserted hold": {
		"insert into hold select book_id, 25, {id}, state, expires, captured, last_seq from hold where seq = 26",
		"hold", "seq=25", "",
	},
	"a hold before the first record": {
		"insert into hold select book_id, 0, {id}, state, expires, captured, last_seq from hold where seq = 26",
		"hold", "seq=0", "",
	},
	"a hold's row twice": {
		"insert into hold select * from hold where seq = 26",
		"hold", "seq=26", "",
	},
	"an inserted refund": {
		"insert into refund select book_id, 6, line, amount from refund where seq = 25",
		"refund", "seq=6 line=1", "",
	},
	"a refund of no line": {
		"insert into refund select book_id, seq, 9, amount from refund where seq = 25 and line = 1",
		"refund", "seq=25 line=9", "",
	},
	"a refund's row twice": {
		"insert into refund select * from refund where seq = 25 and line = 1",
		"refund", "seq=25 line=1", "",
	},
	"two holds swapped": {
		"update hold set seq = 56 - seq where seq in (26, 30)",
		"hold", "seq=30", "id",
	},
	"two refunds swapped": {
		"update refund set seq = 56 - seq where seq in (25, 31) and line <> 3",
		"refund", "seq=31 line=1", "",
	},
	"a hold's amounts that are none": {
		"update hold set captured = '[500,0' where seq = 26",
		"hold", "seq=26", "",
	},
	"a hold behind one that cannot be read": {
		"update hold set captured = case seq when 26 then '[' else '[0,0,1]' end where seq in (26, 32)",
		"hold", "seq=32", "captured",
	},
	"a last hold that cannot be read": {
		"update hold set captured = '[' where seq = 51",
		"hold", "seq=51", "",
	},
	"a hold behind the last that cannot be read": {
		"insert into hold select book_id, 99, {id}, state, expires, '[', last_seq from hold where seq = 51",
		"hold", "after seq=51", "",
	},
	"an account behind the last that cannot be read": {
		insertAccount + "select book_id, 98, 'zzz', control, 'ZZZ', side, state, limits, meta, debits, credits, held_debits, held_credits, " +
			"used, changed_seq, last_seq, moved_seq, moves from account where number = 1",
		"account", "after path=wallet/staff/t1", "",
	},
	"limits that are none": {
		"update account set limits = '[' where number = 6",
		"account", "number=6 path=wallet/h2", "",
	},
	"two heads swapped": {
		"update book set book_id = 15 - book_id",
		"book", "book=7", "seq",
	},
	"two accounts swapped": {
		"update account set number = 9 - number where number in (3, 6)",
		"account", "number=6 path=wallet/h2", "path",
	},
	"two records swapped": {
		"update journal set seq = 25 - seq where seq in (10, 15)",
		"journal", "seq=15", "seq",
	},
	"two closings swapped": {
		"update closing set account = 7 - account where account in (3, 4) and date = '2026-09-07'",
		"closing", "account=wallet/h1 date=2026-09-07", "debits",
	},
	"a head that counts a record more": {
		"update book set seq = 54",
		"book", "book=7", "seq",
	},
	"a body that is no record": {
		"update journal set body = replace(body, '{', '[') where seq = 6",
		"journal", "seq=6", "body",
	},
	"a body with a space": {
		"update journal set body = replace(body, ',', ', ') where seq = 6",
		"journal", "seq=6", "body",
	},
	"an unknown currency": {
		"update account set currency = 'ZZZ' where number = 6",
		"account", "number=6 path=wallet/h2", "",
	},
	"an amount changed in the journal alone": {
		`update journal set body = replace(body, '"bank","CNY",10000,', '"bank","CNY",90000,') where seq = 4`,
		"journal", "seq=4", "body",
	},
	"a balance changed in the journal alone": {
		`update journal set body = replace(body, '"bank","CNY",10000,10000,', '"bank","CNY",10000,90000,') where seq = 4`,
		"journal", "seq=4", "body",
	},
	"a line moved to another account in the journal alone": {
		`update journal set body = replace(body, '"wallet/h1"', '"wallet/h2"') where seq = 10`,
		"journal", "seq=10", "body",
	},
	"a day close that moves on to another date": {
		"update journal set body = replace(body, '2026-09-12', '2026-09-11') where seq = 16",
		"journal", "seq=17", "body",
	},
	"a record's date that is none": {
		"update journal set date = 'soon' where seq = 6",
		"journal", "seq=6", "body",
	},
	"an id of 17 bytes": {
		"update journal set id = x'0000000000000000000000000000000000' where seq = 6",
		"journal", "seq=6", "body",
	},
	"a head's date that is none": {
		"update book set open_date = 'soon'",
		"book", "book=7", "",
	},
	"a closing's date that is none": {
		"update closing set date = 'soon' where account = 3 and date = '2026-09-07'",
		"closing", "account=wallet/h1", "",
	},
	"a record's date that never comes": {
		"update journal set date = 'infinity' where seq = 6",
		"journal", "seq=6", "date",
	},
}

// longDoings are those done to book 9, which has nodes, seals and cursors.
var longDoings = map[string]doing{
	"node.book_id": {"update node set book_id = 8 where tree = 0", "node", "tree=0 level=8 number=0", ""},
	"node.tree":    {"update node set tree = 5 where tree = 0", "node", "tree=5 level=8 number=0", ""},
	"node.level":   {"update node set level = 16 where tree = 0", "node", "tree=0 level=16 number=0", ""},
	"node.number":  {"update node set number = 7 where tree = 0", "node", "tree=0 level=8 number=7", ""},
	"node.hash":    {"update node set hash = {blob} where tree = 0", "node", "tree=0 level=8 number=0", "hash"},
	"a deleted node of the journal's tree": {
		"delete from node where tree = 0", "node", "tree=0 level=8 number=0", "",
	},
	"a deleted node of a close's balances": {
		"delete from node where tree = 150", "node", "tree=150 level=8 number=0", "",
	},
	"an inserted node": {
		"insert into node select book_id, tree, level, 1, hash from node where tree = 0", "node", "tree=0 level=8 number=1", "",
	},
	"a node's row twice": {
		"insert into node select * from node where tree = 300", "node", "tree=300 level=8 number=0", "",
	},
	"two nodes swapped": {"update node set tree = 450 - tree where tree > 0", "node", "tree=150 level=8 number=0", "hash"},

	"seal.book_id": {"update seal set book_id = 8 where seq = 300", "seal", "seq=300", ""},
	"seal.seq":     {"update seal set seq = 151 where seq = 150", "seal", "seq=151", "seq"},
	"seal.note":    {"update seal set note = 'sealed' where seq = 150", "seal", "seq=150", "note"},
	"a seal with another root": {
		"update seal set note = replace(note, '{root 300}', '{root 150}') where seq = 300", "seal", "seq=300", "note",
	},
	"a seal whose signature is another": {
		"update seal set note = replace(note, '{signature 300}', '{signature 150}') where seq = 300", "seal", "seq=300", "note",
	},
	"a deleted seal": {"delete from seal where seq = 150", "seal", "seq=150", ""},
	"a seal of a position that has none": {
		"insert into seal select book_id, 149, note from seal where seq = 150", "seal", "seq=149", "seq",
	},
	"two seals swapped": {"update seal set seq = 450 - seq", "seal", "seq=150", "seq"},

	"milestone.book_id":     {"update milestone set book_id = 8 where seq = 66", "milestone", "account=shop seq=66", ""},
	"milestone.account":     {"update milestone set account = 3 where seq = 66", "milestone", "account=shop seq=66", ""},
	"milestone.seq":         {"update milestone set seq = 65 where seq = 66", "milestone", "account=shop seq=65", ""},
	"a deleted milestone":   {"delete from milestone where seq = 130 and account = 2", "milestone", "account=shop seq=130", ""},
	"an inserted milestone": {"insert into milestone values (9, 2, 67)", "milestone", "account=shop seq=67", ""},
	"a milestone of a record that did not move its account": {
		"insert into milestone values (9, 3, 66)", "milestone", "account=wallet/0 seq=66", "",
	},
	"a milestone's row twice":             {"insert into milestone select * from milestone where seq = 66", "milestone", "account=shop seq=66", ""},
	"a milestone beyond the journal":      {"insert into milestone values (9, 2, 301)", "milestone", "account=shop seq=301", ""},
	"a milestone of no account":           {"insert into milestone values (9, 999, 66)", "milestone", "account=#999 seq=66", ""},
	"two milestones swapped":              {"update milestone set account = 3 - account where account = 2 and seq = 66 or account = 1 and seq = 129", "milestone", "account=bank seq=66", ""},
	"a milestone's position that is none": {"update milestone set seq = 'far' where account = 1 and seq = 129", "milestone", "the first", ""},

	"a line that names another record before, mark and tree redone": {
		"update journal set body = '{body}', mark = {mark} where book_id = 9 and seq = 299; update book set tree = {hex}{tree}' where book_id = 9",
		"journal", "seq=299", "body",
	},

	"a node's number that is none":       {"update node set number = 'none' where tree = 0", "node", "the first", ""},
	"a consumer's position that is none": {"update cursor set seq = 'none' where book_id = 9", "cursor", "", ""},

	"cursor.book_id":  {"update cursor set book_id = 9 where book_id = 8", "cursor", "consumer=mailer", "seq"},
	"cursor.consumer": {"update cursor set consumer = '' where book_id = 9", "cursor", "consumer=", "consumer"},
	"cursor.seq":      {"update cursor set seq = 301 where book_id = 9", "cursor", "consumer=reporter", "seq"},
	"a consumer before the first record": {
		"update cursor set seq = -1 where book_id = 9", "cursor", "consumer=reporter", "seq",
	},
	"a consumer's row twice": {
		"insert into cursor select * from cursor where book_id = 9", "cursor", "consumer=reporter", "",
	},

	"the head of the day before":                    {rollback("book"), "journal", "seq=151", ""},
	"the last day gone from all tables but seals":   {rollback(without("seal", postgresTables)...), "seal", "seq=300", "note"},
	"the last day gone from all tables but cursors": {rollback(without("cursor", postgresTables)...), "cursor", "consumer=reporter", "seq"},
	"the last day gone from every table":            {rollback(postgresTables...), "checkpoint", "origin=school.example/books/9 size=300", ""},
}

// rollback puts back what the tables had of book 9 after its first day.
func rollback(tables ...string) string {
	var statements []string
	for _, table := range tables {
		statements = append(statements, "delete from "+table+" where book_id = 9", "insert into "+table+" select * from early_"+table)
	}
	return strings.Join(statements, "; ")
}

func without(table string, tables []string) []string {
	return slices.DeleteFunc(slices.Clone(tables), func(other string) bool { return other == table })
}
