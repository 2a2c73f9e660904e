-- name: BindingInsert :execrows
insert into binding (school, holder, guardian_index, guardian_sealed, bound_at)
values ($1, $2, $3, $4, $5)
on conflict (school, holder, guardian_index) do nothing;

-- name: BindingDelete :execrows
delete from binding where school = $1 and holder = $2 and guardian_index = $3;

-- name: BindingGet :one
select * from binding where school = $1 and holder = $2 and guardian_index = $3;

-- name: BindingsOfGuardian :many
select sqlc.embed(holder), binding.bound_at
from binding
join holder on holder.school = binding.school and holder.holder = binding.holder
where binding.guardian_index = $1
order by binding.bound_at, binding.school, binding.holder;

-- name: BindingsOfHolder :many
select * from binding where school = $1 and holder = $2 order by bound_at, guardian_index;

-- name: LookupCount :one
-- One row a guardian: a new window starts the count again.
insert into lookup_count (guardian_index, window_start, lookups)
values ($1, $2, 1)
on conflict (guardian_index) do update
set lookups = case when lookup_count.window_start = excluded.window_start then lookup_count.lookups + 1 else 1 end,
    window_start = excluded.window_start
returning lookups;

-- name: BindingReseal :exec
update binding set guardian_sealed = $4 where school = $1 and holder = $2 and guardian_index = $3;

-- name: BindingsErase :exec
delete from binding where school = $1 and holder = $2;
