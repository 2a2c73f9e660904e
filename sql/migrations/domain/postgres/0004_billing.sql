-- +goose Up
-- What a school charges for. The id is derived from school and name and is the
-- last segment of the ledger account its bills are credited to.
create table fee_item (
    school       bigint           not null,
    id           text collate "C" not null,
    name         text             not null,
    nature       text             not null,
    grades       text             not null, -- joined by ';', read as a whole only
    amount_minor bigint           not null,
    currency     text             not null,
    due_date     text             not null, -- 2026-09-20
    voluntary    boolean          not null,
    billed       boolean          not null default false, -- from the first bill on, what it charges is fixed
    created_at   timestamptz      not null,
    updated_at   timestamptz      not null,
    constraint fee_item_pkey primary key (school, id),
    constraint fee_item_nature_known check (nature in ('administrative', 'service', 'agency')),
    constraint fee_item_amount_positive check (amount_minor > 0),
    constraint fee_item_due_date_format check (length(due_date) = 10)
);

-- What one holder is asked to pay for one item. What is paid and outstanding is
-- the journal's word alone: the balance of the account fee/<id>.
create table bill (
    school       bigint           not null,
    id           text collate "C" not null, -- <item>-<holder>
    item         text collate "C" not null,
    holder       text collate "C" not null,
    amount_minor bigint           not null,
    currency     text             not null,
    due_date     text             not null,
    created_by   text             not null,
    created_at   timestamptz      not null,
    assessed_at  timestamptz, -- when its transaction was seen in the journal; null is work to do
    constraint bill_pkey primary key (school, id),
    constraint bill_item_holder_key unique (school, item, holder),
    constraint bill_item_fkey foreign key (school, item) references fee_item (school, id),
    constraint bill_amount_positive check (amount_minor > 0),
    constraint bill_due_date_format check (length(due_date) = 10)
);
create index bill_holder_index on bill (school, holder, due_date, id);
create index bill_pending_index on bill (school, id) where assessed_at is null;
