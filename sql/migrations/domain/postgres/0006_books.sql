-- +goose Up
-- The files that were given to a school's accounting program. A business date
-- that one of them has, or a later one, is not reopened any more.
create table book_export (
    school     bigint           not null,
    format     text collate "C" not null, -- u8/1
    from_date  text collate "C" not null, -- 2026-09-01
    to_date    text collate "C" not null,
    close_seq  bigint           not null, -- of the day close that ended the period
    root       text             not null, -- of the journal's tree up to there; '' if it was not known
    mapping    text             not null, -- SHA-256
    word       text             not null,
    maker      text             not null,
    currency   text             not null,
    sha256     text             not null, -- of the file
    size_bytes bigint           not null,
    created_by text             not null,
    created_at timestamptz      not null,
    constraint book_export_pkey primary key (school, format, from_date, to_date),
    constraint book_export_date_format check (length(from_date) = 10 and length(to_date) = 10),
    constraint book_export_dates_in_order check (from_date <= to_date)
);
