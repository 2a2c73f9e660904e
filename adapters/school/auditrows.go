package school

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// auditPage is how many rows, or records, an audit holds at once.
const auditPage = 500

// auditedTable is a table as an audit reads it: all columns as texts, so that a
// value of another type, which SQLite lets in, is read as well.
type auditedTable struct {
	name    string
	joins   string // behind the name
	school  string // the column of the school
	key     []string
	columns []string // the key's among them
}

// auditedRow is a row of a table: nil stands for null.
type auditedRow map[string]*string

// text is "" for null.
func (r auditedRow) text(column string) string {
	if value := r[column]; value != nil {
		return *value
	}
	return ""
}

func (r auditedRow) has(column string) bool { return r[column] != nil }

// instant is a time as every engine gives it: in UTC, or the text that is none.
func (r auditedRow) instant(column string) string {
	at, ok := r.time(column)
	if !ok {
		return r.text(column)
	}
	return instantText(at)
}

// time reads a time as a driver gives it, or as SQLite stores it.
func (r auditedRow) time(column string) (at time.Time, ok bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999-07:00"} {
		if at, err := time.Parse(layout, r.text(column)); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// truth is a boolean as every engine gives it, or the text that is none.
func (r auditedRow) truth(column string) string {
	if truth, err := strconv.ParseBool(r.text(column)); err == nil {
		return strconv.FormatBool(truth)
	}
	return r.text(column)
}

func instantText(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

func (t *auditedTable) keyOf(r auditedRow) []string {
	key := make([]string, len(t.key))
	for i, column := range t.key {
		key[i] = r.text(column)
	}
	return key
}

// rowName names a row: "id=7".
func (t *auditedTable) rowName(r auditedRow) string {
	parts := make([]string, len(t.key))
	for i, column := range t.key {
		parts[i] = plainColumn(column) + "=" + r.text(column)
	}
	return strings.Join(parts, " ")
}

// pages gives each the rows of a school, a page at a time, in the order of their
// keys. What is inserted behind the page meanwhile is left out.
func (a *auditing) pages(ctx context.Context, t *auditedTable, each func(page []auditedRow) error) error {
	var after []string
	for {
		condition, arguments := "", []any(nil)
		if after != nil {
			condition = fmt.Sprintf("(%s) > (%s)", strings.Join(t.key, ", "), placeholders(2, len(after)))
			arguments = texts(after)
		}
		page, err := a.rows(ctx, t, condition, arguments)
		if err != nil {
			return err
		}
		if len(page) > 0 {
			last := t.keyOf(page[len(page)-1])
			if slices.Equal(last, after) { // no text that could be gone on from
				return nil
			}
			after = last
			if err := each(page); err != nil {
				return err
			}
		}
		if len(page) < auditPage {
			return nil
		}
	}
}

// among returns the rows of a school whose key is one of the values.
func (a *auditing) among(ctx context.Context, t *auditedTable, values []string) ([]auditedRow, error) {
	if len(values) == 0 {
		return nil, nil
	}
	return a.rows(ctx, t, fmt.Sprintf("%s in (%s)", t.key[0], placeholders(2, len(values))), texts(values))
}

// same returns the row with a key as it is now, or none.
func (a *auditing) same(ctx context.Context, t *auditedTable, r auditedRow) ([]auditedRow, error) {
	key := t.keyOf(r)
	return a.rows(ctx, t, fmt.Sprintf("(%s) = (%s)", strings.Join(t.key, ", "), placeholders(2, len(key))), texts(key))
}

func (a *auditing) rows(ctx context.Context, t *auditedTable, condition string, arguments []any) (page []auditedRow, err error) {
	query := fmt.Sprintf("select %s from %s where %s = $1", strings.Join(t.columns, ", "), t.name+t.joins, t.school)
	if condition != "" {
		query += " and " + condition
	}
	query += fmt.Sprintf(" order by %s limit %d", strings.Join(t.key, ", "), auditPage)
	rows, err := a.domain.QueryContext(ctx, query, append([]any{int64(a.book)}, arguments...)...)
	if err != nil {
		return nil, wrapTable(t.name, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		row, err := t.scan(rows)
		if err != nil {
			return nil, wrapTable(t.name, err)
		}
		page = append(page, row)
	}
	return page, wrapTable(t.name, rows.Err())
}

func (t *auditedTable) scan(rows *sql.Rows) (auditedRow, error) {
	values := make([]*string, len(t.columns))
	targets := make([]any, len(values))
	for i := range values {
		targets[i] = &values[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, err
	}
	row := make(auditedRow, len(values))
	for i, column := range t.columns {
		row[column] = values[i]
	}
	return row, nil
}

func placeholders(first, n int) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf("$%d", first+i)
	}
	return strings.Join(parts, ", ")
}

func texts(values []string) []any {
	arguments := make([]any, len(values))
	for i, value := range values {
		arguments[i] = value
	}
	return arguments
}
