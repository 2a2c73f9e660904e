-- name: KeyringGet :many
select * from keyring where purpose like $1 order by purpose;

-- name: KeyringAdd :exec
insert into keyring (purpose, fingerprint) values ($1, $2) on conflict (purpose) do nothing;
