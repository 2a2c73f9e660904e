package canteen

import (
	"time"

	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/canteendb"
)

// Dish is something a school's canteens sell under one barcode. It is a
// comparable value.
type Dish struct {
	// Barcode is an EAN-13 number with a right check digit or a short code
	// of 2 to 7 letters, digits and hyphens, in upper case.
	Barcode  string
	Name     string // for people, such as 番茄炒蛋
	Category string // such as 素菜; may be empty
	// Price of one portion, positive.
	Price money.Amount
	// Active is false for a dish that is kept but not sold at present.
	Active bool
	// Nutrition of one portion, if known.
	Nutrition Nutrition
}

// Nutrition is what one portion contains, in whole thousandths of the units
// that nutrient tables use, so that sums are exact.
type Nutrition struct {
	// Known is false if nothing is known; all else is zero then.
	Known          bool
	PortionMg      int64 // weight of the portion in milligrams
	EnergyCal      int64 // in calories: 1 kcal is 1,000
	ProteinMg      int64
	FatMg          int64
	CarbohydrateMg int64
	CalciumUg      int64 // in micrograms, as the next two
	IronUg         int64
	VitaminCUg     int64
}

func dishFrom(row *canteendb.Dish) (Dish, error) {
	currency, err := money.ParseCurrency(row.Currency)
	if err != nil {
		return Dish{}, err
	}
	return Dish{
		Barcode: row.Barcode, Name: row.Name, Category: row.Category,
		Price: money.Of(row.PriceMinor, currency), Active: row.Active,
		Nutrition: Nutrition{
			Known: row.NutritionKnown, PortionMg: row.PortionMg, EnergyCal: row.EnergyCal,
			ProteinMg: row.ProteinMg, FatMg: row.FatMg, CarbohydrateMg: row.CarbohydrateMg,
			CalciumUg: row.CalciumUg, IronUg: row.IronUg, VitaminCUg: row.VitaminCUg,
		},
	}, nil
}

func (d *Dish) row(school int, at time.Time) canteendb.DishPutParams {
	n := d.Nutrition
	return canteendb.DishPutParams{
		School: int64(school), Barcode: d.Barcode, Name: d.Name, Category: d.Category,
		PriceMinor: d.Price.Minor(), Currency: d.Price.Currency().Code(), Active: d.Active,
		NutritionKnown: n.Known, PortionMg: n.PortionMg, EnergyCal: n.EnergyCal,
		ProteinMg: n.ProteinMg, FatMg: n.FatMg, CarbohydrateMg: n.CarbohydrateMg,
		CalciumUg: n.CalciumUg, IronUg: n.IronUg, VitaminCUg: n.VitaminCUg, UpdatedAt: at,
	}
}
