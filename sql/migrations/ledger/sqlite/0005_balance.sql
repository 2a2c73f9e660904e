-- +goose Up
-- What every payment changes of an account moves to a table of its own: narrow
-- rows share pages, and a batch writes a fraction of them.
create temp table ledger_account_before as select * from account;
create temp table ledger_closing_before as select * from closing;
drop table closing;
drop table account;

create table account (
    book_id     integer not null,
    number      integer not null,                  -- 1, 2, 3 … in order of opening
    path        text    not null,
    control     text    not null,
    currency    text    not null,
    state       text    not null,
    limits      text    not null,                  -- canonical JSON, '' for none
    meta        text    not null,                  -- canonical JSON, '' for none
    changed_seq integer not null,                  -- last record that opened or changed it
    constraint account_pkey primary key (book_id, number),
    constraint account_path_key unique (book_id, path)
) strict, without rowid;

-- One row an account. The bounds are here, where they are checked.
create table balance (
    book_id      integer not null,
    number       integer not null,                 -- account.number
    side         integer not null,                 -- 1 debit, -1 credit
    floor        integer,                          -- bounds on the balance, in the account's own side
    ceiling      integer,
    debits       integer not null,                 -- all debits ever, minor units
    credits      integer not null,
    held_debits  integer not null,                 -- reserved by open holds, minor units
    held_credits integer not null,
    used         text    not null,                 -- what of the limits was used, JSON
    last_seq     integer not null,                 -- last record that touched the account
    moved_seq    integer not null,                 -- last record that moved it, 0 for none
    moves        integer not null,                 -- how many records did
    constraint balance_pkey primary key (book_id, number),
    constraint balance_account_fkey foreign key (book_id, number) references account (book_id, number),
    constraint balance_side_check check (side in (-1, 1)),
    constraint balance_totals_check check (debits >= 0 and credits >= 0 and held_debits >= 0 and held_credits >= 0
        and moves >= 0 and moved_seq between 0 and last_seq),
    constraint balance_floor_check check (floor is null
        or side * (debits - credits) - (case side when 1 then held_credits else held_debits end) >= floor),
    constraint balance_ceiling_check check (ceiling is null
        or side * (debits - credits) + (case side when 1 then held_debits else held_credits end) <= ceiling)
) strict, without rowid;

create table closing (
    book_id integer not null,
    account integer not null,                      -- account.number
    date    text    not null,
    debits  integer not null,                      -- all debits up to and including the date
    credits integer not null,
    constraint closing_pkey primary key (book_id, account, date),
    constraint closing_account_fkey foreign key (book_id, account) references account (book_id, number)
) strict, without rowid;

insert into account (book_id, number, path, control, currency, state, limits, meta, changed_seq)
select book_id, number, path, control, currency, state, limits, meta, changed_seq from ledger_account_before order by book_id, number;
insert into balance (book_id, number, side, floor, ceiling, debits, credits, held_debits, held_credits, used, last_seq, moved_seq, moves)
select book_id, number, side, floor, ceiling, debits, credits, held_debits, held_credits, used, last_seq, moved_seq, moves
from ledger_account_before order by book_id, number;
insert into closing (book_id, account, date, debits, credits)
select book_id, account, date, debits, credits from ledger_closing_before order by book_id, account, date;
drop table ledger_account_before;
drop table ledger_closing_before;
