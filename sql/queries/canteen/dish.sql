-- name: DishList :many
select * from dish where school = $1 order by barcode;

-- name: DishPut :exec
insert into dish (
    school, barcode, name, category, price_minor, currency, active, nutrition_known,
    portion_mg, energy_cal, protein_mg, fat_mg, carbohydrate_mg, calcium_ug, iron_ug, vitamin_c_ug, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
on conflict (school, barcode) do update set
    name = excluded.name, category = excluded.category,
    price_minor = excluded.price_minor, currency = excluded.currency,
    active = excluded.active, nutrition_known = excluded.nutrition_known,
    portion_mg = excluded.portion_mg, energy_cal = excluded.energy_cal,
    protein_mg = excluded.protein_mg, fat_mg = excluded.fat_mg, carbohydrate_mg = excluded.carbohydrate_mg,
    calcium_ug = excluded.calcium_ug, iron_ug = excluded.iron_ug, vitamin_c_ug = excluded.vitamin_c_ug,
    updated_at = excluded.updated_at;
