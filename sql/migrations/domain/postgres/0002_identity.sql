-- +goose Up
-- The next holder of each school, counted up and turned into an opaque number
-- by a keyed permutation. Its row is also the lock of a school's imports.
create table school_counter (
    school      bigint not null,
    next_holder bigint not null,
    constraint school_counter_pkey primary key (school),
    constraint school_counter_school_range check (school between 0 and 99999),
    constraint school_counter_next_positive check (next_holder > 0)
);

-- A student or member of staff. What names a person is only in "sealed"
-- (encrypted) and in the two keyed indexes; the rest is not personal alone.
create table holder (
    school        bigint      not null,
    holder        bigint      not null,
    kind          text        not null,
    status        text        not null,
    student_index bytea       not null,
    id_index      bytea,
    sealed        bytea       not null,
    grade         text        not null,
    class         text        not null,
    boarding      boolean     not null,
    card_state    text        not null,
    card_serial   bigint      not null,
    guardians     bigint      not null,
    changes       bigint      not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    constraint holder_pkey primary key (school, holder),
    constraint holder_student_key unique (student_index, school),
    constraint holder_number_range check (holder between 1 and 9999999999),
    constraint holder_kind_known check (kind in ('student', 'staff')),
    constraint holder_status_known check (status in ('opening', 'active', 'left')),
    constraint holder_card_state_known check (card_state in ('none', 'active', 'lost', 'blocked')),
    constraint holder_card_serial_range check (card_serial between 0 and 255),
    constraint holder_guardians_range check (guardians >= 0)
);
-- This index and holder_student_key do not begin with the school: a plan made
-- while the table was empty would see no difference from the primary key.
create index holder_id_index on holder (id_index);

-- Who changed a holder's card, status or bindings, and when; never updated.
create table holder_event (
    school      bigint      not null,
    holder      bigint      not null,
    change      bigint      not null,
    action      text        not null,
    card_serial bigint      not null,
    actor       bytea       not null,
    at          timestamptz not null,
    constraint holder_event_pkey primary key (school, holder, change),
    constraint holder_event_holder_fkey foreign key (school, holder) references holder (school, holder)
);

-- Which guardian may act for which holder. A login subject may be a phone
-- number, so it is sealed and indexed like one.
create table binding (
    school          bigint      not null,
    holder          bigint      not null,
    guardian_index  bytea       not null,
    guardian_sealed bytea       not null,
    bound_at        timestamptz not null,
    constraint binding_pkey primary key (school, holder, guardian_index),
    constraint binding_holder_fkey foreign key (school, holder) references holder (school, holder)
);
create index binding_guardian_index on binding (guardian_index, bound_at);

-- How often a guardian looked somebody up in the current window.
create table lookup_count (
    guardian_index bytea       not null,
    window_start   timestamptz not null,
    lookups        bigint      not null,
    constraint lookup_count_pkey primary key (guardian_index)
);
