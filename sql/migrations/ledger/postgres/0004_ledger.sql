-- +goose Up
-- One row a book: the head of its journal, and the lock of its writers.
create table book (
    book_id    bigint primary key,
    name       text   not null default '',
    seq        bigint not null default 0,          -- last journal position
    accounts   bigint not null default 0,          -- accounts opened so far
    open_date  date,                               -- null until the first record
    closed_seq bigint not null default 0,          -- position of the last day close
    at         timestamptz not null default 'epoch', -- time of the last record
    tree       bytea  not null default '',         -- RFC 6962 compact range over the journal
    constraint book_seq_check check (seq >= 0 and accounts >= 0 and closed_seq between 0 and seq)
);

create table account (
    book_id    bigint   not null,
    number     bigint   not null,                  -- 1, 2, 3 … in order of opening
    path       text     collate "C" not null,      -- byte order, whatever the database sorts by
    control    text     not null,
    currency   text     not null,
    side       smallint not null,                  -- 1 debit, -1 credit
    floor      bigint,                             -- bounds on the balance, in the account's own side
    ceiling    bigint,
    state      text     not null,
    debits     bigint   not null,                  -- all debits ever, minor units
    credits    bigint   not null,
    last_seq   bigint   not null,                  -- last record that touched the account
    constraint account_pkey primary key (book_id, number),
    constraint account_path_key unique (book_id, path),
    constraint account_book_fkey foreign key (book_id) references book (book_id),
    constraint account_side_check check (side in (-1, 1)),
    constraint account_totals_check check (debits >= 0 and credits >= 0),
    constraint account_floor_check check (floor is null or side * (debits - credits) >= floor),
    constraint account_ceiling_check check (ceiling is null or side * (debits - credits) <= ceiling)
) with (fillfactor = 70);

create table journal (
    book_id bigint      not null,
    seq     bigint      not null,
    id      uuid        not null,
    kind    text        not null,
    date    date        not null,
    at      timestamptz not null,
    body    text        not null,                  -- the record's canonical bytes
    leaf    bytea       not null,                  -- RFC 6962 leaf hash of body
    constraint journal_pkey primary key (book_id, seq),
    constraint journal_id_key unique (book_id, id),
    constraint journal_book_fkey foreign key (book_id) references book (book_id),
    constraint journal_leaf_check check (length(leaf) = 32)
);

create table entry (
    book_id bigint   not null,
    account bigint   not null,                     -- account.number
    seq     bigint   not null,
    line    smallint not null,                     -- position among the record's postings, from 0
    amount  bigint   not null,                     -- debit positive, credit negative
    balance bigint   not null,                     -- after this entry, debit positive
    constraint entry_pkey primary key (book_id, account, seq, line),
    constraint entry_account_fkey foreign key (book_id, account) references account (book_id, number),
    constraint entry_journal_fkey foreign key (book_id, seq) references journal (book_id, seq),
    constraint entry_amount_check check (amount <> 0)
);

create table closing (
    book_id bigint not null,
    account bigint not null,
    date    date   not null,
    debits  bigint not null,                       -- all debits up to and including the date
    credits bigint not null,
    constraint closing_pkey primary key (book_id, account, date),
    constraint closing_account_fkey foreign key (book_id, account) references account (book_id, number)
);
