-- name: InsertBookExport :execrows
-- No row: the period was exported in this format before.
insert into book_export (school, format, from_date, to_date, close_seq, root, mapping, word, maker, currency, sha256, size_bytes, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (school, format, from_date, to_date) do nothing;

-- name: ListBookExports :many
select * from book_export where school = $1 order by from_date, to_date, format;
