-- name: CounterLock :one
-- Creates the school's counter or locks it until the transaction ends, so that
-- two imports of one school take turns.
insert into school_counter (school, next_holder)
values ($1, 1)
on conflict (school) do update set next_holder = school_counter.next_holder
returning next_holder;

-- name: CounterSet :exec
update school_counter set next_holder = $2 where school = $1;

-- name: HolderInsert :exec
insert into holder (
    school, holder, kind, status, student_index, id_index, sealed, grade, class, boarding,
    card_state, card_serial, guardians, changes, created_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'none', 0, 0, 0, $11, $11);

-- name: HolderUpdate :exec
update holder
set kind = $3, id_index = $4, sealed = $5, grade = $6, class = $7, boarding = $8, updated_at = $9,
    status = case when status = 'left' then 'opening' else status end
where school = $1 and holder = $2;

-- name: HolderActivate :execrows
update holder set status = 'active', updated_at = $3
where school = $1 and holder = $2 and status = 'opening';

-- name: HolderGet :one
select * from holder where school = $1 and holder = $2;

-- name: HoldersGet :many
-- The holders with these numbers, some of them perhaps the same, for all whose
-- cards are scanned at one moment. Neither engine's lists run on the other, and a
-- plan for a list, made while the table was empty, reads the whole school.
select a.* from holder a where a.school = sqlc.arg(school) and a.holder = sqlc.arg(h1)
union all
select b.* from holder b where b.school = sqlc.arg(school) and b.holder = sqlc.arg(h2)
union all
select c.* from holder c where c.school = sqlc.arg(school) and c.holder = sqlc.arg(h3)
union all
select d.* from holder d where d.school = sqlc.arg(school) and d.holder = sqlc.arg(h4)
union all
select e.* from holder e where e.school = sqlc.arg(school) and e.holder = sqlc.arg(h5)
union all
select f.* from holder f where f.school = sqlc.arg(school) and f.holder = sqlc.arg(h6)
union all
select g.* from holder g where g.school = sqlc.arg(school) and g.holder = sqlc.arg(h7)
union all
select h.* from holder h where h.school = sqlc.arg(school) and h.holder = sqlc.arg(h8);

-- name: HolderByStudent :one
select * from holder where school = $1 and student_index = $2;

-- name: HoldersByID :many
-- An id number is not unique: a school's file may repeat one by mistake. The
-- keyed index covers the school; naming it here would offer the primary key
-- to the planner, and with it a scan of the school.
select * from holder where id_index = $1 order by holder;

-- name: HolderPage :many
select * from holder
where school = sqlc.arg(school) and holder > sqlc.arg(after)
    and (cast(sqlc.arg(status) as text) = '' or status = sqlc.arg(status))
    and (cast(sqlc.arg(grade) as text) = '' or grade = sqlc.arg(grade))
    and (cast(sqlc.arg(class) as text) = '' or class = sqlc.arg(class))
order by holder
limit sqlc.arg(page_size);

-- name: HolderLock :one
-- Holds the row until the transaction ends; a no-op update locks on both
-- engines, "for update" only on one.
update holder set changes = changes where school = $1 and holder = $2 returning *;

-- name: HolderChange :exec
update holder set status = $3, card_state = $4, card_serial = $5, guardians = $6, changes = $7, updated_at = $8
where school = $1 and holder = $2;

-- name: HolderAfter :many
select * from holder
where school > $1 or (school = $1 and holder > $2)
order by school, holder limit $3;

-- name: HolderReseal :execrows
-- Compares with what was read, so that an update in between is not undone.
update holder set sealed = sqlc.arg(sealed)
where school = sqlc.arg(school) and holder = sqlc.arg(holder) and sealed = sqlc.arg(sealed_before);

-- name: EventInsert :exec
insert into holder_event (school, holder, change, action, card_serial, actor, at)
values ($1, $2, $3, $4, $5, $6, $7);

-- name: EventsOfHolder :many
select * from holder_event where school = $1 and holder = $2 order by change;

-- name: EventReseal :exec
-- Only the encryption is renewed; what the event says never changes.
update holder_event set actor = $4 where school = $1 and holder = $2 and change = $3;

-- name: HolderErase :exec
update holder set sealed = $3, student_index = $4, id_index = null, guardians = 0, updated_at = $5
where school = $1 and holder = $2;
