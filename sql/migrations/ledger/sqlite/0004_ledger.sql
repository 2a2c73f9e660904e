-- +goose Up
-- One row a book: the head of its journal.
create table book (
    book_id    integer primary key,
    name       text    not null default '',
    seq        integer not null default 0,         -- last journal position
    accounts   integer not null default 0,         -- accounts opened so far
    open_date  text,                               -- null until the first record
    closed_seq integer not null default 0,         -- position of the last day close
    at         text    not null default '1970-01-01T00:00:00.000000Z', -- time of the last record
    tree       blob    not null default x'',       -- RFC 6962 compact range over the journal
    constraint book_seq_check check (seq >= 0 and accounts >= 0 and closed_seq between 0 and seq)
) strict;

create table account (
    book_id    integer not null,
    number     integer not null,                   -- 1, 2, 3 … in order of opening
    path       text    not null,
    control    text    not null,
    currency   text    not null,
    side       integer not null,                   -- 1 debit, -1 credit
    floor      integer,                            -- bounds on the balance, in the account's own side
    ceiling    integer,
    state      text    not null,
    debits     integer not null,                   -- all debits ever, minor units
    credits    integer not null,
    last_seq   integer not null,                   -- last record that touched the account
    constraint account_pkey primary key (book_id, number),
    constraint account_path_key unique (book_id, path),
    constraint account_book_fkey foreign key (book_id) references book (book_id),
    constraint account_side_check check (side in (-1, 1)),
    constraint account_totals_check check (debits >= 0 and credits >= 0),
    constraint account_floor_check check (floor is null or side * (debits - credits) >= floor),
    constraint account_ceiling_check check (ceiling is null or side * (debits - credits) <= ceiling)
) strict, without rowid;

create table journal (
    book_id integer not null,
    seq     integer not null,
    id      blob    not null,                      -- 16 bytes
    kind    text    not null,
    date    text    not null,
    at      text    not null,
    body    text    not null,                      -- the record's canonical bytes
    leaf    blob    not null,                      -- RFC 6962 leaf hash of body
    constraint journal_pkey primary key (book_id, seq),
    constraint journal_id_key unique (book_id, id),
    constraint journal_book_fkey foreign key (book_id) references book (book_id),
    constraint journal_id_check check (length(id) = 16),
    constraint journal_leaf_check check (length(leaf) = 32)
) strict;

create table entry (
    book_id integer not null,
    account integer not null,                      -- account.number
    seq     integer not null,
    line    integer not null,                      -- position among the record's postings, from 0
    amount  integer not null,                      -- debit positive, credit negative
    balance integer not null,                      -- after this entry, debit positive
    constraint entry_pkey primary key (book_id, account, seq, line),
    constraint entry_account_fkey foreign key (book_id, account) references account (book_id, number),
    constraint entry_journal_fkey foreign key (book_id, seq) references journal (book_id, seq),
    constraint entry_amount_check check (amount <> 0)
) strict, without rowid;

create table closing (
    book_id integer not null,
    account integer not null,
    date    text    not null,
    debits  integer not null,                      -- all debits up to and including the date
    credits integer not null,
    constraint closing_pkey primary key (book_id, account, date),
    constraint closing_account_fkey foreign key (book_id, account) references account (book_id, number)
) strict, without rowid;
