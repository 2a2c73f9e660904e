-- +goose Up
-- What a payer was asked to pay through a gateway. The id, without hyphens, is
-- the order number the gateway sees. Whether money was booked is the journal's
-- word alone; "state" says how far the order has come with its gateway.
create table payment_order (
    id                     text        not null,
    school                 integer     not null,
    request_key            text        not null, -- the caller's idempotency key
    gateway                text        not null,
    merchant               text        not null,
    purpose                text        not null,
    subject                text        not null, -- whom or what the money is for
    payer                  text        not null, -- who started the order
    description            text        not null,
    amount_minor           integer     not null,
    currency               text        not null,
    state                  text        not null,
    reason                 text        not null default '', -- why it failed or was closed
    checkout_url           text        not null default '',
    checkout_code          text        not null default '',
    gateway_transaction_id text        not null default '', -- claimed before the money is booked
    late                   boolean     not null default false, -- paid after it had failed or was closed
    problem                text        not null default '', -- last thing the gateway said that did not match
    created_at             timestamp   not null,
    expires_at             timestamp   not null,
    updated_at             timestamp   not null,
    paid_at                timestamp,   -- by the gateway's clock
    constraint payment_order_pkey primary key (id),
    constraint payment_order_request_key unique (school, request_key),
    constraint payment_order_amount_check check (amount_minor > 0),
    constraint payment_order_state_check check (state in ('created', 'sent', 'paid', 'failed', 'closed')),
    constraint payment_order_paid_check check (state <> 'paid' or (gateway_transaction_id <> '' and paid_at is not null))
);
create unique index payment_order_transaction_key on payment_order (school, gateway, gateway_transaction_id)
    where gateway_transaction_id <> '';
create index payment_order_open_index on payment_order (school, gateway, id)
    where state in ('created', 'sent') or (state <> 'paid' and gateway_transaction_id <> '');

-- Every notification as it came, stored before anything looks at it. An empty
-- verdict means that nothing has dealt with it yet.
create table gateway_notification (
    id          text        not null,
    school      integer     not null,
    gateway     text        not null,
    received_at timestamp   not null,
    header      text        not null, -- JSON object of the headers that carry the signature
    body        blob        not null, -- the exact bytes
    verdict     text        not null default '',
    reason      text        not null default '',
    order_id    text,                 -- the order it names, if we have it
    decided_at  timestamp,
    constraint gateway_notification_pkey primary key (id),
    constraint gateway_notification_order_fkey foreign key (order_id) references payment_order (id),
    constraint gateway_notification_decided_check check ((verdict = '') = (decided_at is null))
);
create index gateway_notification_undecided_index on gateway_notification (school, gateway, id) where verdict = '';
create index gateway_notification_order_index on gateway_notification (order_id) where order_id is not null;
