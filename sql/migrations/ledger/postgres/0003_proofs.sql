-- +goose Up
-- What proofs are made from: nodes of Merkle trees, and signed checkpoints.
create table node (
    book_id bigint   not null,
    tree    bigint   not null,                                -- 0: the journal's; else position of the day close
    level   smallint not null,                                -- 8, 16 …: each node stands for 256 below it
    number  bigint   not null,                                -- in its level, from 0
    hash    bytea    not null,                                -- RFC 6962, 2.1
    constraint node_pkey primary key (book_id, tree, level, number),
    constraint node_book_fkey foreign key (book_id) references book (book_id),
    constraint node_level_check check (level > 0 and level % 8 = 0 and tree >= 0 and number >= 0),
    constraint node_hash_check check (length(hash) = 32)
);

create table seal (
    book_id bigint not null,
    seq     bigint not null,                                  -- size of the tree it is about
    note    text   not null,                                  -- C2SP tlog-checkpoint
    constraint seal_pkey primary key (book_id, seq),
    constraint seal_book_fkey foreign key (book_id) references book (book_id),
    constraint seal_seq_check check (seq > 0)
);
