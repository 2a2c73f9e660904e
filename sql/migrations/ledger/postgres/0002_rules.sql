-- +goose Up
-- Holds, refunds, limits, the chart, reopened dates, and consumers' positions.
alter table book
    add column reopen_seq bigint not null default 0,         -- position of the last reopening
    add column chart_seq  bigint not null default 0,         -- position of the last chart
    add column touched_seq bigint not null default 0,        -- position since which closings are to be written
    add constraint book_position_check check (reopen_seq between 0 and seq and chart_seq between 0 and seq
        and touched_seq between 0 and seq);

update book set touched_seq = closed_seq;

alter table account
    add column limits       text   not null default '',      -- canonical JSON, '' for none
    add column meta         text   not null default '',      -- canonical JSON, '' for none
    add column held_debits  bigint not null default 0,       -- reserved by open holds, minor units
    add column held_credits bigint not null default 0,
    add column used         text   not null default '',      -- what of the limits was used, JSON
    add column changed_seq  bigint not null default 0,       -- last record that opened or changed the account
    add constraint account_held_check check (held_debits >= 0 and held_credits >= 0),
    add constraint account_floor_held_check check (floor is null
        or side * (debits - credits) - (case side when 1 then held_credits else held_debits end) >= floor),
    add constraint account_ceiling_held_check check (ceiling is null
        or side * (debits - credits) + (case side when 1 then held_debits else held_credits end) <= ceiling);

alter table journal
    add column due date;                                     -- when what it books is due

create table hold (
    book_id  bigint not null,
    seq      bigint not null,                                -- of the record that authorized it
    id       uuid   not null,
    state    text   not null,
    expires  timestamptz,                                    -- null for never
    captured text   not null,                                -- of each line, minor units: a JSON array
    last_seq bigint not null,                                -- last record about it
    constraint hold_pkey primary key (book_id, seq),
    constraint hold_id_key unique (book_id, id),
    constraint hold_journal_fkey foreign key (book_id, seq) references journal (book_id, seq),
    constraint hold_state_check check (state in ('held', 'captured', 'released', 'expired')),
    constraint hold_last_check check (last_seq >= seq)
);

create index hold_expiry_idx on hold (book_id, seq, expires) where state = 'held' and expires is not null;

create table refund (
    book_id bigint   not null,
    seq     bigint   not null,                               -- of the record refunded
    line    smallint not null,
    amount  bigint   not null,                               -- refunded of the line so far, minor units
    constraint refund_pkey primary key (book_id, seq, line),
    constraint refund_journal_fkey foreign key (book_id, seq) references journal (book_id, seq),
    constraint refund_amount_check check (amount > 0)
);

create table cursor (
    book_id  bigint not null,
    consumer text   not null,
    seq      bigint not null,                                -- last record that the consumer is done with
    constraint cursor_pkey primary key (book_id, consumer),
    constraint cursor_seq_check check (seq >= 0)
);
