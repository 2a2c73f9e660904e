-- name: MerchantPut :exec
insert into merchant (school, merchant, name, payee, updated_at)
values ($1, $2, $3, $4, $5)
on conflict (school, merchant) do update set
    name = excluded.name, payee = excluded.payee, updated_at = excluded.updated_at;

-- name: MerchantGet :one
select * from merchant where school = $1 and merchant = $2;

-- name: MerchantList :many
select * from merchant where school = $1 order by merchant;
