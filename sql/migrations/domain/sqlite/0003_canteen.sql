-- +goose Up
-- What the canteens of a school sell. Prices are minor units of the currency;
-- nutrients are of one portion and mean nothing unless nutrition_known. A cal
-- is a thousandth of a kcal, a ug (microgram) a thousandth of a mg.
create table dish (
    school          integer   not null,
    barcode         text      not null,
    name            text      not null,
    category        text      not null,
    price_minor     integer   not null,
    currency        text      not null,
    active          boolean   not null,
    nutrition_known boolean   not null,
    portion_mg      integer   not null,
    energy_cal      integer   not null,
    protein_mg      integer   not null,
    fat_mg          integer   not null,
    carbohydrate_mg integer   not null,
    calcium_ug      integer   not null,
    iron_ug         integer   not null,
    vitamin_c_ug    integer   not null,
    updated_at      timestamp not null,
    constraint dish_pkey primary key (school, barcode),
    constraint dish_price_positive check (price_minor > 0),
    constraint dish_nutrition_not_negative check (
        portion_mg >= 0 and energy_cal >= 0 and protein_mg >= 0 and fat_mg >= 0
        and carbohydrate_mg >= 0 and calcium_ug >= 0 and iron_ug >= 0 and vitamin_c_ug >= 0
    )
);

-- Who is paid for what is sold. What a merchant is owed is in the ledger.
create table merchant (
    school     integer   not null,
    merchant   text      not null,
    name       text      not null,
    payee      text      not null,
    updated_at timestamp not null,
    constraint merchant_pkey primary key (school, merchant)
);
