package pgstore_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// schemaRule is a rule that a database which is distributed by book asks of the
// schema: see sql/SCALE.md.
type schemaRule struct {
	name   string
	query  string // yields what breaks it
	broken string // a change of the schema that breaks it
}

// relations are the ledger's own, without the table of applied migrations, which
// stays on one server.
const relations = `with relation as (
		select c.oid, c.relname::text as name, c.relkind::text as kind, c.relpersistence::text as persistence, c.reloptions as options
		from pg_class c
		where c.relnamespace = current_schema()::regnamespace and c.relname not like 'ledger\_schema\_version%'),
	ours as (select * from relation where kind in ('r', 'p')),
	col as (select o.name as table_name, a.* from ours o join pg_attribute a on a.attrelid = o.oid
		where a.attnum > 0 and not a.attisdropped),
	idx as (select o.name as table_name, i.*, c.relname::text as name, m.amname from ours o join pg_index i on i.indrelid = o.oid
		join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam),
	con as (select o.name as table_name, k.* from ours o join pg_constraint k on k.conrelid = o.oid)
	`

var schemaRules = []schemaRule{{
	"every table begins with the number of the book",
	`select name from ours where not exists (select from col
		where attrelid = ours.oid and attnum = 1 and attname = 'book_id' and atttypid = 'bigint'::regtype and attnotnull)`,
	`create table fee (id bigint primary key)`,
}, {
	"every table has a primary key",
	`select name from ours where not exists (select from idx where indrelid = ours.oid and indisprimary)`,
	`create table fee (book_id bigint not null, id bigint)`,
}, {
	"every key and index begins with the book",
	`select idx.name from idx left join col on col.attrelid = idx.indrelid and col.attnum = idx.indkey[0]
		where col.attname is distinct from 'book_id'`,
	`alter table journal add constraint journal_only_id_key unique (id)`,
}, {
	"every foreign key stays within its book",
	`select con.conname from con left join col here on here.attrelid = conrelid and here.attnum = conkey[1]
		left join col there on there.attrelid = confrelid and there.attnum = confkey[1]
		where contype = 'f' and (here.attname is distinct from 'book_id' or there.attname is distinct from 'book_id')`,
	`alter table milestone add constraint milestone_other_fkey foreign key (account, book_id) references account (book_id, number)`,
}, {
	"no constraint is checked later, excludes, or changes other rows",
	`select conname from con where condeferrable or contype = 'x' or contype = 'f' and (confdeltype <> 'a' or confupdtype <> 'a')`,
	`alter table cursor add constraint cursor_book_fkey foreign key (book_id) references book (book_id) on delete cascade`,
}, {
	"nothing counts across books: no sequence, no identity",
	`select name from relation where kind = 'S' union all select attname from col where attidentity <> ''`,
	`alter table seal add column number bigint generated always as identity`,
}, {
	"defaults are constants",
	`select col.table_name || '.' || attname from col join pg_attrdef d on d.adrelid = attrelid and d.adnum = attnum
		where attgenerated <> '' or pg_get_expr(d.adbin, d.adrelid) !~ '^(''[^'']*''::[a-z ]+|-?[0-9]+)$'`,
	`alter table seal add column at timestamptz not null default now()`,
}, {
	"no trigger",
	`select tgname from ours join pg_trigger on tgrelid = ours.oid where not tgisinternal`,
	`create trigger book_trigger before update on book for each row execute function suppress_redundant_updates_trigger()`,
}, {
	"no rule and no policy",
	`select rulename from relation join pg_rewrite on ev_class = relation.oid where kind <> 'v'
		union all select polname from ours join pg_policy on polrelid = ours.oid`,
	`create rule seal_rule as on delete to seal do instead nothing`,
}, {
	"only plain tables and indexes, no views, partitions or heirs",
	`select name from relation where kind not in ('r', 'i', 'S') or persistence <> 'p'
		union all select inhrelid::regclass::text from pg_inherits`,
	`create table old_seal () inherits (seal)`,
}, {
	"no functions, types or extensions",
	`select proname from pg_proc where pronamespace = current_schema()::regnamespace
		union all select typname from pg_type where typnamespace = current_schema()::regnamespace and typtype in ('d', 'e', 'r')
		union all select extname from pg_extension where extname <> 'plpgsql'`,
	`create type fee_state as enum ('open')`,
}, {
	"indexes are b-trees of columns",
	`select name from idx where amname <> 'btree' or indexprs is not null`,
	`create index journal_date_idx on journal using brin (book_id, date)`,
}, {
	"types are those that every one of the databases has",
	`select table_name || '.' || attname from col where atttypid::regtype::text not in
		('bigint', 'smallint', 'text', 'bytea', 'uuid', 'date', 'timestamp with time zone')`,
	`alter table seal add column extra jsonb`,
}, {
	"texts are compared by their bytes or as the database does",
	`select table_name || '.' || attname from col where attcollation not in
		(0, 'pg_catalog."default"'::regcollation, 'pg_catalog."C"'::regcollation)`,
	`alter table seal add column place text collate "POSIX"`,
}, {
	"storage is tuned only by what can be left out",
	`select name || ': ' || option from ours, unnest(options) option where option !~ '^(fillfactor|autovacuum_[a-z_]+)='`,
	`alter table seal set (toast_tuple_target = 256)`,
}}

type schemaReader interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func readNames(t *testing.T, db schemaReader, query string) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), relations+query)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return names
}

func TestTheSchemaCanBeShardedByBook(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	require.GreaterOrEqual(t, len(readNames(t, pool, `select name from ours`)), 10)
	for _, rule := range schemaRules {
		t.Run(rule.name, func(t *testing.T) {
			require.Empty(t, readNames(t, pool, rule.query))
			tx, err := pool.Begin(t.Context())
			require.NoError(t, err)
			defer func() { require.NoError(t, tx.Rollback(t.Context())) }()
			_, err = tx.Exec(t.Context(), rule.broken)
			require.NoError(t, err)
			require.NotEmpty(t, readNames(t, tx, rule.query), "after %s", rule.broken)
		})
	}
}

// A sharded database may answer without the constraint's name, and a shard adds
// its number to it: the names are for people, who find them in sql/SCALE.md.
func TestConstraintsAndIndexesAreDocumented(t *testing.T) {
	t.Parallel()
	names := readNames(t, newPool(t, nil), `select conname from con union select name from idx`)
	text, err := os.ReadFile("../../sql/SCALE.md")
	require.NoError(t, err)
	section := regexp.MustCompile(`(?s)\n## Keys and constraints\n.*?\n## `).FindString(string(text))
	documented := regexp.MustCompile("`[a-z_]+_(?:pkey|key|fkey|check|idx)`").FindAllString(section, -1)
	for i, name := range documented {
		documented[i] = name[1 : len(name)-1]
	}
	slices.Sort(documented)
	slices.Sort(names)
	require.Equal(t, names, documented, "the section “Keys and constraints” of sql/SCALE.md")
}
