-- +goose Up
-- Which keys this database's sealed columns were written with: a server that
-- is started with other keys must find out before it writes.
create table keyring (
    purpose     text primary key,
    fingerprint text not null
);
