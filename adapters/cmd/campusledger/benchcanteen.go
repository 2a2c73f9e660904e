package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/campusledger/campusledger/adapters/httpapi"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest/load"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// The dishes of a lunch, and who sells it: as in the lunch peak of package load,
// four of five payments go to the first.
const (
	benchDishes    = "菜品,分类,单价,条码\n番茄炒蛋,素菜,8.00,2000000100012\n米饭,主食,1.00,2000000100029\n"
	benchLines     = `[{"dish":"2000000100012","quantity":1},{"dish":"2000000100029","quantity":1}]`
	benchPrice     = "9.00"
	benchMerchants = 21
	// benchTogether is how many pupils are enrolled at once.
	benchTogether = 250
)

func benchMerchant(i int) string { return fmt.Sprintf("canteen-%d", i) }

// benchCanteen is a school with pupils who have cards and money.
type benchCanteen struct {
	holders []string // "h102938"
	codes   []string // of their cards
	token   string   // of a cashier
	before  int64    // where the journal stands
}

// furnish builds the school and leaves it closed.
func furnish(ctx context.Context, where school.Location, pupils int) (c *benchCanteen, err error) {
	s, err := school.Open(ctx, where, &school.Options{Chart: &campus.Options{WalletCap: benchMoney("100000000")}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	dishes, err := canteen.ReadDishes(strings.NewReader(benchDishes), money.CNY)
	if err != nil {
		return nil, err
	}
	if _, err := s.Menu.Import(ctx, dishes); err != nil {
		return nil, err
	}
	for i := range benchMerchants {
		if err := s.Merchants.Put(ctx, canteen.Merchant{ID: benchMerchant(i), Name: benchMerchant(i)}, "bench"); err != nil {
			return nil, err
		}
	}
	c = &benchCanteen{}
	for first := 0; first < pupils; first += benchTogether {
		if err := c.enrol(ctx, s, first, min(first+benchTogether, pupils)); err != nil {
			return nil, err
		}
	}
	if c.token, err = cashierToken(where.Dir); err != nil {
		return nil, err
	}
	head, err := s.Book.Head(ctx)
	c.before = head.Seq
	return c, err
}

// enrol gives some pupils accounts, cards and money.
func (c *benchCanteen) enrol(ctx context.Context, s *school.School, from, to int) error {
	var people []identity.Registration
	for i := from; i < to; i++ {
		person := identity.Person{Name: fmt.Sprintf("学生%d", i), StudentNo: fmt.Sprintf("S%08d", i)}
		people = append(people, identity.Registration{Person: person, Grade: "初一", Class: "1班"})
	}
	enrolled, err := s.Directory.Upsert(ctx, s.Number(), people)
	if err != nil {
		return err
	}
	var numbers []identity.Number
	opening := ledger.Opening{ID: ledger.NewID(), By: "bench"}
	topUp := ledger.Transaction{ID: ledger.NewID(), Kind: campus.KindTopUp, By: "bench"}
	topUp.Postings = append(topUp.Postings, ledger.DebitRest(campus.Path(campus.FamilyBank, school.MainBank)))
	for i := range enrolled {
		holder := enrolled[i].Ref()
		c.holders, numbers = append(c.holders, holder), append(numbers, enrolled[i].Number)
		opening.Accounts = append(opening.Accounts, s.Chart.Holder(holder)...)
		topUp.Postings = append(topUp.Postings, ledger.Credit(campus.Path(campus.FamilyWallet, holder), benchMoney("50000000")))
	}
	if _, err := s.Book.OpenAccounts(ctx, opening); err != nil {
		return err
	}
	if _, err := s.Book.Post(ctx, topUp); err != nil {
		return err
	}
	if err := s.Directory.Activate(ctx, s.Number(), numbers); err != nil {
		return err
	}
	codes, err := s.IssueCards(ctx, numbers, "bench")
	c.codes = append(c.codes, codes...)
	return err
}

// cashierToken returns a credential of those that the server will read.
func cashierToken(dir string) (string, error) {
	credentials, err := loadCredentials(dir)
	for _, credential := range credentials {
		if credential.Role == httpapi.Cashier {
			return credential.Token, err
		}
	}
	return "", errors.Join(err, errors.New("no credential of a cashier"))
}

func benchMoney(text string) money.Amount { return money.MustParse(text, money.CNY) }

// next draws who pays and who is paid.
func (c *benchCanteen) next(dice *rand.Rand) (pupil, merchant int) {
	if dice.IntN(5) == 0 {
		merchant = 1 + dice.IntN(benchMerchants-1)
	}
	return dice.IntN(len(c.holders)), merchant
}

// post lets so many callers post sales to the book of the school.
func (c *benchCanteen) post(
	ctx context.Context, s *school.School, document json.RawMessage, callers int, lasts time.Duration,
) (load.Beside, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	counts := make([]int64, callers)
	begin := time.Now()
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			dice := benchDice(i)
			for time.Since(begin) < lasts && ctx.Err() == nil {
				pupil, merchant := c.next(dice)
				_, err := s.Book.Post(ctx, s.Chart.Sale(campus.Sale{
					Event:  campus.Event{ID: ledger.NewID(), By: "cashier:1", Document: document},
					Holder: c.holders[pupil], Merchant: benchMerchant(merchant), Price: benchMoney(benchPrice),
				}))
				if err != nil {
					cancel(err)
					return
				}
				counts[i]++
			}
		})
	}
	group.Wait()
	posted := load.Beside{Took: time.Since(begin)}
	for _, count := range counts {
		posted.Count += count
	}
	return posted, context.Cause(ctx)
}

func benchDice(number int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(number), 1)) //nolint:gosec // not a secret
}
