package identity_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/campusledger/campusledger/qrcode/identity"
	"github.com/campusledger/campusledger/sql/domaindb"
)

// A card that was reported lost stops at once; the next one works.
func ExampleDirectory_CheckCard() {
	ctx := context.Background()
	directory, done := openExample(ctx)
	defer done()

	people, err := directory.Upsert(ctx, 102, []identity.Registration{{
		Person: identity.Person{Name: "欧阳小三", StudentNo: "2026000001"}, Grade: "初一", Class: "3班",
	}})
	if err != nil {
		panic(err)
	}
	number := people[0].Number
	// Here the caller opens the ledger accounts of people[0].Ref(), then:
	if err := directory.Activate(ctx, 102, []identity.Number{number}); err != nil {
		panic(err)
	}
	if _, err := directory.IssueCards(ctx, 102, []identity.Number{number}, "office"); err != nil {
		panic(err)
	}
	if _, err := directory.ReportLost(ctx, 102, number, "mother"); err != nil {
		panic(err)
	}
	_, err = directory.CheckCard(ctx, 102, number, 1)
	fmt.Println("lost:", errors.Is(err, identity.ErrCardLost))

	card, err := directory.Reissue(ctx, 102, number, "office")
	if err != nil {
		panic(err)
	}
	holder, err := directory.CheckCard(ctx, 102, number, card.Serial)
	if err != nil {
		panic(err)
	}
	fmt.Println("card", card.Serial, "of", holder.Name, holder.Grade, holder.Class)
	// Output:
	// lost: true
	// card 2 of 欧**三 初一 3班
}

// A guardian names a child, confirms the masked view, and binds.
func ExampleDirectory_Lookup() {
	ctx := context.Background()
	directory, done := openExample(ctx)
	defer done()
	people, err := directory.Upsert(ctx, 102, []identity.Registration{{
		Person: identity.Person{Name: "张小三", StudentNo: "2026000002"}, Grade: "高一", Class: "1班",
	}})
	if err != nil {
		panic(err)
	}
	if err := directory.Activate(ctx, 102, []identity.Number{people[0].Number}); err != nil {
		panic(err)
	}

	found, err := directory.Lookup(ctx, identity.Claim{
		Guardian: "openid-of-the-mother", School: 102, Name: "张 小三", StudentNo: "２０２６０００００２",
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(found.Holder.Name, found.Holder.StudentNo, found.Holder.Grade)
	if _, err := directory.Bind(ctx, "openid-of-the-mother", found.Ticket); err != nil {
		panic(err)
	}
	bound, err := directory.Bindings(ctx, "openid-of-the-mother")
	fmt.Println(len(bound), "child bound", err)
	// Output:
	// 张*三 ******0002 高一
	// 1 child bound <nil>
}

func openExample(ctx context.Context) (*identity.Directory, func()) {
	dir, err := os.MkdirTemp("", "identity")
	if err != nil {
		panic(err)
	}
	db, err := domaindb.OpenSQLite(ctx, filepath.Join(dir, "domain.db"))
	if err != nil {
		panic(err)
	}
	keys, err := identity.NewKeys()
	if err != nil {
		panic(err)
	}
	directory, err := identity.New(ctx, db, keys, nil)
	if err != nil {
		panic(err)
	}
	return directory, func() { _ = db.Close(); _ = os.RemoveAll(dir) }
}
