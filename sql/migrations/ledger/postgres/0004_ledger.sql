-- +goose Up
-- One row a book: the head of its journal, and the lock of its writers.
create table book (
    book_id     bigint primary key,
    name        text   not null default '',
    seq         bigint not null default 0,         -- last journal position
    accounts    bigint not null default 0,         -- accounts opened so far
    open_date   date,                              -- null until the first record
    closed_seq  bigint not null default 0,         -- position of the last day close
    reopen_seq  bigint not null default 0,         -- position of the last reopening
    touched_seq bigint not null default 0,         -- position since which closings are to be written
    chart_seq   bigint not null default 0,         -- position of the last chart
    at          timestamptz not null default 'epoch', -- time of the last record
    tree        bytea  not null default '',        -- RFC 6962 compact range over the journal
    constraint book_seq_check check (seq >= 0 and accounts >= 0 and closed_seq between 0 and seq),
    constraint book_position_check check (reopen_seq between 0 and seq and chart_seq between 0 and seq
        and touched_seq between 0 and seq)
);

create table account (
    book_id      bigint   not null,
    number       bigint   not null,                -- 1, 2, 3 … in order of opening
    debits       bigint   not null,                -- all debits ever, minor units
    credits      bigint   not null,
    held_debits  bigint   not null,                -- reserved by open holds, minor units
    held_credits bigint   not null,
    last_seq     bigint   not null,                -- last record that touched the account
    moved_seq    bigint   not null,                -- last record that moved it, 0 for none
    moves        bigint   not null,                -- how many records did
    changed_seq  bigint   not null,                -- last record that opened or changed it
    floor        bigint,                           -- bounds on the balance, in the account's own side
    ceiling      bigint,
    side         smallint not null,                -- 1 debit, -1 credit
    path         text     collate "C" not null,    -- byte order, whatever the database sorts by
    control      text     not null,
    currency     text     not null,
    state        text     not null,
    limits       text     not null,                -- canonical JSON, '' for none
    meta         text     not null,                -- canonical JSON, '' for none
    used         text     not null,                -- what of the limits was used, JSON
    constraint account_pkey primary key (book_id, number),
    constraint account_path_key unique (book_id, path),
    constraint account_side_check check (side in (-1, 1)),
    constraint account_totals_check check (debits >= 0 and credits >= 0 and held_debits >= 0 and held_credits >= 0
        and moves >= 0 and moved_seq between 0 and last_seq and changed_seq <= last_seq),
    constraint account_floor_check check (floor is null
        or side * (debits - credits) - (case side when 1 then held_credits else held_debits end) >= floor),
    constraint account_ceiling_check check (ceiling is null
        or side * (debits - credits) + (case side when 1 then held_debits else held_credits end) <= ceiling)
) with (fillfactor = 70);

-- The records. What else they say is in their bodies: a table that repeated the
-- lines would double what is written, and could differ.
create table journal (
    book_id bigint  not null,
    seq     bigint  not null,
    id      uuid    not null,
    mark    bigint  not null,                      -- first 8 bytes of the RFC 6962 leaf hash of body
    date    date    not null,
    body    text    not null,                      -- the record's canonical bytes
    constraint journal_pkey primary key (book_id, seq),
    constraint journal_id_key unique (book_id, id)
);

-- Every 64th record that moved an account: a line names the record before, and
-- from here it is not far to any of them.
create table milestone (
    book_id bigint not null,
    account bigint not null,                       -- account.number
    seq     bigint not null,
    constraint milestone_pkey primary key (book_id, account, seq)
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

create table hold (
    book_id  bigint not null,
    seq      bigint not null,                      -- of the record that authorized it
    id       uuid   not null,
    state    text   not null,
    expires  timestamptz,                          -- null for never
    captured text   not null,                      -- of each line, minor units: a JSON array
    last_seq bigint not null,                      -- last record about it
    constraint hold_pkey primary key (book_id, seq),
    constraint hold_id_key unique (book_id, id),
    constraint hold_journal_fkey foreign key (book_id, seq) references journal (book_id, seq),
    constraint hold_state_check check (state in ('held', 'captured', 'released', 'expired')),
    constraint hold_last_check check (last_seq >= seq)
);

create index hold_expiry_idx on hold (book_id, seq, expires) where state = 'held' and expires is not null;

create table refund (
    book_id bigint   not null,
    seq     bigint   not null,                     -- of the record refunded
    line    smallint not null,
    amount  bigint   not null,                     -- refunded of the line so far, minor units
    constraint refund_pkey primary key (book_id, seq, line),
    constraint refund_journal_fkey foreign key (book_id, seq) references journal (book_id, seq),
    constraint refund_amount_check check (amount > 0)
);

create table cursor (
    book_id  bigint not null,
    consumer text   not null,
    seq      bigint not null,                      -- last record that the consumer is done with
    constraint cursor_pkey primary key (book_id, consumer),
    constraint cursor_seq_check check (seq >= 0)
);

-- What proofs are made from: nodes of Merkle trees, and signed checkpoints.
create table node (
    book_id bigint   not null,
    tree    bigint   not null,                     -- 0: the journal's; else position of the day close
    level   smallint not null,                     -- 8, 16 …: each node stands for 256 below it
    number  bigint   not null,                     -- in its level, from 0
    hash    bytea    not null,                     -- RFC 6962, 2.1
    constraint node_pkey primary key (book_id, tree, level, number),
    constraint node_book_fkey foreign key (book_id) references book (book_id),
    constraint node_level_check check (level > 0 and level % 8 = 0 and tree >= 0 and number >= 0),
    constraint node_hash_check check (length(hash) = 32)
);

create table seal (
    book_id bigint not null,
    seq     bigint not null,                       -- size of the tree it is about
    note    text   not null,                       -- C2SP tlog-checkpoint
    constraint seal_pkey primary key (book_id, seq),
    constraint seal_book_fkey foreign key (book_id) references book (book_id),
    constraint seal_seq_check check (seq > 0)
);
