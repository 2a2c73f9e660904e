-- +goose Up
-- Holds, refunds, limits, the chart, reopened dates, and consumers' positions.
alter table book add column reopen_seq integer not null default 0 check (reopen_seq between 0 and seq); -- position of the last reopening
alter table book add column chart_seq integer not null default 0 check (chart_seq between 0 and seq);   -- position of the last chart
alter table book add column touched_seq integer not null default 0 check (touched_seq between 0 and seq); -- position since which closings are to be written
update book set touched_seq = closed_seq;

alter table account add column limits text not null default '';          -- canonical JSON, '' for none
alter table account add column meta text not null default '';            -- canonical JSON, '' for none
alter table account add column held_debits integer not null default 0    -- reserved by open holds, minor units
    check (held_debits >= 0);
alter table account add column held_credits integer not null default 0
    check (held_credits >= 0
        and (floor is null or side * (debits - credits) - (case side when 1 then held_credits else held_debits end) >= floor)
        and (ceiling is null or side * (debits - credits) + (case side when 1 then held_debits else held_credits end) <= ceiling));
alter table account add column used text not null default '';            -- what of the limits was used, JSON
alter table account add column changed_seq integer not null default 0;   -- last record that opened or changed the account

alter table journal add column due text;                                 -- when what it books is due

create table hold (
    book_id  integer not null,
    seq      integer not null,                     -- of the record that authorized it
    id       blob    not null,                     -- 16 bytes
    state    text    not null,
    expires  text,                                 -- null for never
    captured text    not null,                     -- of each line, minor units: a JSON array
    last_seq integer not null,                     -- last record about it
    constraint hold_pkey primary key (book_id, seq),
    constraint hold_id_key unique (book_id, id),
    constraint hold_journal_fkey foreign key (book_id, seq) references journal (book_id, seq),
    constraint hold_id_check check (length(id) = 16),
    constraint hold_state_check check (state in ('held', 'captured', 'released', 'expired')),
    constraint hold_last_check check (last_seq >= seq)
) strict, without rowid;

create index hold_expiry_idx on hold (book_id, seq, expires) where state = 'held' and expires is not null;

create table refund (
    book_id integer not null,
    seq     integer not null,                      -- of the record refunded
    line    integer not null,
    amount  integer not null,                      -- refunded of the line so far, minor units
    constraint refund_pkey primary key (book_id, seq, line),
    constraint refund_journal_fkey foreign key (book_id, seq) references journal (book_id, seq),
    constraint refund_amount_check check (amount > 0)
) strict, without rowid;

create table cursor (
    book_id  integer not null,
    consumer text    not null,
    seq      integer not null,                     -- last record that the consumer is done with
    constraint cursor_pkey primary key (book_id, consumer),
    constraint cursor_seq_check check (seq >= 0)
) strict, without rowid;
