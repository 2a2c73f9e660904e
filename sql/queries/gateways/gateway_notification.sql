-- name: InsertNotification :exec
insert into gateway_notification (id, school, gateway, received_at, header, body)
values ($1, $2, $3, $4, $5, $6);

-- name: DecideNotification :execrows
-- The first verdict stays.
update gateway_notification
set verdict = $2, reason = $3, order_id = $4, decided_at = $5
where id = $1 and verdict = '';

-- name: ListUndecidedNotifications :many
select * from gateway_notification
where school = $1 and gateway = $2 and verdict = '' and id > $3
order by id
limit $4;

-- name: ListOrderNotifications :many
select * from gateway_notification
where school = $1 and gateway = $2 and order_id = $3
order by received_at, id;
