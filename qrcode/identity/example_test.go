package identity_test

import (
	"context"
	"errors"
	"fmt"
	"log"
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
		log.Fatal(err)
	}
	number := people[0].Number
	// Here the caller opens the ledger accounts of people[0].Ref(), then:
	if err := directory.Activate(ctx, 102, []identity.Number{number}); err != nil {
		log.Fatal(err)
	}
	if _, err := directory.IssueCards(ctx, 102, []identity.Number{number}, "office"); err != nil {
		log.Fatal(err)
	}
	if _, err := directory.ReportLost(ctx, 102, number, "mother"); err != nil {
		log.Fatal(err)
	}
	_, err = directory.CheckCard(ctx, 102, number, 1)
	fmt.Println("lost:", errors.Is(err, identity.ErrCardLost))

	card, err := directory.Reissue(ctx, 102, number, "office")
	if err != nil {
		log.Fatal(err)
	}
	holder, err := directory.CheckCard(ctx, 102, number, card.Serial)
	if err != nil {
		log.Fatal(err)
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
		log.Fatal(err)
	}
	if err := directory.Activate(ctx, 102, []identity.Number{people[0].Number}); err != nil {
		log.Fatal(err)
	}

	found, err := directory.Lookup(ctx, identity.Claim{
		Guardian: "openid-of-the-mother", School: 102, Name: "张 小三", StudentNo: "２０２６０００００２",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(found.Holder.Name, found.Holder.StudentNo, found.Holder.Grade)
	if _, err := directory.Bind(ctx, "openid-of-the-mother", found.Ticket); err != nil {
		log.Fatal(err)
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
		log.Fatal(err)
	}
	db, err := domaindb.OpenSQLite(ctx, filepath.Join(dir, "domain.db"))
	if err != nil {
		log.Fatal(err)
	}
	keys, err := identity.NewKeys()
	if err != nil {
		log.Fatal(err)
	}
	directory, err := identity.New(ctx, db, keys, nil)
	if err != nil {
		log.Fatal(err)
	}
	return directory, func() { _ = db.Close(); _ = os.RemoveAll(dir) }
}
