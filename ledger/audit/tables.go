package audit

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// tableForm says how to speak of a table's rows.
type tableForm struct {
	name                     string
	keys                     int // words that name a row
	columns                  []string
	missing, extra, differs  Code
	unreadable               Code
	extraProblem, twiceAlert string
}

var tableForms = [tableCount]tableForm{
	milestoneTable: { // it is all key: none differs
		"milestone", 2, nil, CodeMilestoneMissing, CodeMilestoneExtra, "", CodeMilestoneUnreadable,
		"no record at this position was a 64th that moved the account", "another row is the same",
	},
	closingTable: {
		"closing", 2, []string{"debits", "credits"}, CodeClosingMissing, CodeClosingExtra, CodeClosingDiffers, CodeClosingUnreadable,
		"no close of this day that stands touched the account", "another row is of the same day",
	},
	holdTable: {
		"hold", 1, []string{"id", "state", "expires", "last_seq", "captured"}, CodeHoldMissing, CodeHoldExtra, CodeHoldDiffers, CodeHoldUnreadable,
		"no record at this position authorized a hold", "another row has this position",
	},
	nodeTable: {
		"node", 3, []string{"hash"}, CodeNodeMissing, CodeNodeExtra, CodeNodeDiffers, CodeNodeUnreadable,
		"no complete node of a kept level is there in any tree", "another row is of the same node",
	},
}

// rowOf names a row by its words.
func (a *auditor) rowOf(table int, words []int64) row {
	switch table {
	case milestoneTable:
		return row{table: "milestone", key: fmt.Sprintf("account=%s seq=%d", a.model.pathOf(words[1]), words[0])}
	case closingTable:
		return row{table: "closing", key: fmt.Sprintf("account=%s date=%s", a.model.pathOf(words[1]), wordDate(words[0]))}
	case holdTable:
		return row{table: "hold", key: fmt.Sprintf("seq=%d", words[0])}
	default:
		return row{table: "node", key: fmt.Sprintf("tree=%d level=%d number=%d", words[0], words[1], words[2])}
	}
}

// cellsOf returns what stands in the columns of a row beside its key.
func cellsOf(table int, words []int64) []string {
	switch table {
	case holdTable:
		return holdCells(words)
	case nodeTable:
		return []string{hex.EncodeToString(wordBytes(words[3:7]))}
	case closingTable:
		return []string{decimal(words[2]), decimal(words[3])}
	default:
		return nil
	}
}

func holdCells(words []int64) []string {
	state, expires := "another", "null"
	if words[3] != 0 {
		state = strings.TrimRight(string(wordBytes(words[3:4])), "\x00")
	}
	if words[4] != math.MinInt64 {
		expires = timeText(time.UnixMicro(words[4]))
	}
	captured := make([]string, 0, len(words))
	for _, minor := range words[6:] {
		captured = append(captured, decimal(minor))
	}
	return []string{uuid.UUID(wordBytes(words[1:3])).String(), state, expires, decimal(words[5]), "[" + strings.Join(captured, ",") + "]"}
}

func wordBytes(words []int64) (b []byte) {
	for _, w := range words {
		b = binary.BigEndian.AppendUint64(b, uint64(w))
	}
	return b
}

// damage is what could not be read of the tables.
type damage struct {
	broken    [tableCount]bool // what lies behind a row: what is missing is not known
	holds     map[int64]bool   // positions
	accounts  map[int64]bool   // of closings
	piecemeal bool             // closings are read account by account
	seqs      []int64          // of all holds, once one cannot be read
}

// scan gives the words of each row of a table to each, in the order in which
// they lie.
func (a *auditor) scan(ctx context.Context, table int, begin func(), each func(words []int64)) error {
	begin()
	switch table {
	case milestoneTable:
		return a.scanMilestones(ctx, each)
	case closingTable:
		if !a.damage.piecemeal {
			err := a.scanClosings(ctx, each)
			if !a.damage.piecemeal {
				return err
			}
			begin()
		}
		return a.scanClosingsByAccount(ctx, each)
	case holdTable:
		return a.scanHolds(ctx, each)
	default:
		return a.scanNodes(ctx, each)
	}
}

func (a *auditor) scanMilestones(ctx context.Context, each func([]int64)) error {
	words, read := make([]int64, 2), false
	for m, err := range a.rows.MilestoneRows(ctx, a.book) {
		if err != nil {
			return a.broke(milestoneTable, words, read, err)
		}
		words[0], words[1] = m.Seq, m.Account
		read = true
		each(words)
	}
	return nil
}

func (a *auditor) scanClosings(ctx context.Context, each func([]int64)) error {
	words := make([]int64, 4)
	for c, err := range a.rows.ClosingRows(ctx, a.book) {
		if a.damage.piecemeal = errors.Is(err, ledger.ErrCorrupt); err != nil {
			return err
		}
		words[0], words[1], words[2], words[3] = dateWord(c.Date), c.Account, c.Debits, c.Credits
		each(words)
	}
	return nil
}

// scanClosingsByAccount reads closings of which one cannot be read account by
// account, so that its account can be named.
func (a *auditor) scanClosingsByAccount(ctx context.Context, each func([]int64)) error {
	words := make([]int64, 4)
	for _, x := range a.model.numbered {
		for c, err := range a.reader.Closings(ctx, a.book, ledger.ClosingQuery{Account: x.spec.Path}) {
			if errors.Is(err, ledger.ErrCorrupt) {
				if !a.damage.accounts[x.number] {
					a.find(CodeClosingUnreadable, row{table: "closing", key: "account=" + x.spec.Path}, "%v", err)
				}
				a.damage.accounts[x.number] = true
				break
			}
			if err != nil {
				return err
			}
			words[0], words[1], words[2], words[3] = dateWord(c.Date), c.Number, c.Debits, c.Credits
			each(words)
		}
	}
	return nil
}

// scanHolds reads the holds. Behind one that cannot be read, the journal says
// which it should be.
func (a *auditor) scanHolds(ctx context.Context, each func([]int64)) error {
	for after := int64(math.MinInt64); ; {
		last, problem, err := a.holdsAfter(ctx, after, each)
		if err != nil || problem == nil {
			return err
		}
		if err := a.listHolds(ctx); err != nil {
			return err
		}
		i, _ := slices.BinarySearch(a.damage.seqs, last+1)
		if i == len(a.damage.seqs) {
			return a.broke(holdTable, []int64{last}, true, problem)
		}
		after = a.damage.seqs[i]
		if !a.damage.holds[after] {
			a.find(CodeHoldUnreadable, a.rowOf(holdTable, []int64{after}), "%v", problem)
		}
		a.damage.holds[after] = true
	}
}

// holdsAfter reads the rows after a position up to the end or to one that cannot
// be read. It returns the last position read and why reading stopped.
func (a *auditor) holdsAfter(ctx context.Context, after int64, each func([]int64)) (last int64, problem, err error) {
	for stored, err := range a.reader.Holds(ctx, a.book, ledger.HoldQuery{After: after}) {
		if errors.Is(err, ledger.ErrCorrupt) {
			return after, err, nil
		}
		if err != nil {
			return after, nil, err
		}
		after = stored.Seq
		each(holdWords(&stored))
	}
	return after, nil, nil
}

// scanNodes reads the nodes, but for those of the journal's tree of which it is
// not known what they should be.
func (a *auditor) scanNodes(ctx context.Context, each func([]int64)) error {
	words, read, m := make([]int64, 7), false, a.model
	for n, err := range a.rows.NodeRows(ctx, a.book) {
		if err != nil {
			return a.broke(nodeTable, words, read, err)
		}
		hash := hashWords(n.Hash)
		words[0], words[1], words[2], words[3], words[4], words[5], words[6] =
			n.Tree, int64(n.Level), n.Number, hash[0], hash[1], hash[2], hash[3]
		read = true
		if lost := m.treeLost && n.Tree == 0 && (n.Level > 62 || (n.Number+1)<<n.Level > m.treeKnown); !lost {
			each(words)
		}
	}
	return nil
}

// broke reports a row that cannot be read, behind the last one that could be.
func (a *auditor) broke(table int, last []int64, read bool, err error) error {
	if !errors.Is(err, ledger.ErrCorrupt) {
		return err
	}
	if a.damage.broken[table] {
		return nil
	}
	a.damage.broken[table] = true
	at := row{table: tableForms[table].name, key: "the first"}
	if read {
		at = a.rowOf(table, last)
		at.key = "after " + at.key
	}
	a.find(tableForms[table].unreadable, at, "cannot be read, and neither can what follows: %v", err)
	return nil
}
