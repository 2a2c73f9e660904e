-- name: InsertBill :execrows
-- No row: the holder has a bill for the item.
insert into bill (school, id, item, holder, amount_minor, currency, due_date, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (school, item, holder) do nothing;

-- name: GetBill :one
select * from bill where school = $1 and id = $2;

-- name: ListBillsOfHolder :many
select * from bill where school = $1 and holder = $2 order by due_date, id;

-- name: ListBillsOfItem :many
select * from bill
where school = sqlc.arg(school) and item = sqlc.arg(item) and id > sqlc.arg(after)
order by id
limit sqlc.arg(page);

-- name: ListPendingBills :many
-- The next bills between two ids whose transactions nobody has seen in the
-- journal yet, with what those need of the item.
select bill.id, bill.item, bill.holder, bill.amount_minor, bill.currency, bill.created_by, fee_item.nature
from bill join fee_item on fee_item.school = bill.school and fee_item.id = bill.item
where bill.school = sqlc.arg(school) and bill.id > sqlc.arg(after) and bill.id < sqlc.arg(before) and bill.assessed_at is null
order by bill.id
limit sqlc.arg(page);

-- name: MarkBillAssessed :exec
update bill set assessed_at = $3 where school = $1 and id = $2 and assessed_at is null;

-- name: MoveDueDate :exec
update bill set due_date = $3 where school = $1 and item = $2 and due_date <> $3;
