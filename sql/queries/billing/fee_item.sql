-- name: UpsertFeeItem :execrows
-- Writes the item anew. No row: it is billed already, and what it charges would
-- change.
insert into fee_item (
    school, id, name, nature, grades, amount_minor, currency, due_date, voluntary, created_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
on conflict (school, id) do update
set nature = excluded.nature, grades = excluded.grades, amount_minor = excluded.amount_minor,
    currency = excluded.currency, due_date = excluded.due_date, voluntary = excluded.voluntary,
    updated_at = excluded.updated_at
where not fee_item.billed
   or (fee_item.nature = excluded.nature and fee_item.amount_minor = excluded.amount_minor
       and fee_item.currency = excluded.currency and fee_item.voluntary = excluded.voluntary);

-- name: GetFeeItem :one
select * from fee_item where school = $1 and id = $2;

-- name: ListFeeItems :many
select * from fee_item where school = $1 order by due_date, id;

-- name: MarkFeeItemBilled :one
-- Also the lock under which an item's bills are written: it waits for imports
-- that change the item, and they for it.
update fee_item set billed = true where school = $1 and id = $2 returning *;
