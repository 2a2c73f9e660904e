// Package school assembles one school: its book, its people, its canteen, its
// fees and its payment gateway, over one place where the data is. The HTTP
// server, the commands and the demo all work through a [School]; a program that
// wants other parts assembles them itself in the same way.
//
//	s, err := school.Open(ctx, school.Location{Dir: "./campusledger-data"}, nil)
//	defer s.Close()
//
// The embedded database is two files in the directory, ledger.db and campus.db,
// which one process at a time may write ([ErrInUse] for a second). With
// Location.Database both live in PostgreSQL, and any number of processes may
// work. The keys are in keys.json in the directory in either case: without them
// the personal data cannot be read and cards cannot be scanned, so back them up
// apart from the database.
//
// A school seals its book: with [School.CloseDay] after each close, with
// [School.Seal] at any time. The keys that sign are in seal-keys-<number>.json
// beside keys.json, made with the school or by [GenerateSealKeys]; package seal
// says what can be proven with the public ones. A close that a crash left without
// a checkpoint gets it when the school is opened next, or tended.
//
// Errors: those of the packages assembled, and [ErrInUse], [ErrLocation],
// [ErrKeyFile], [ErrNoGateway], [ErrSealKeys] and [ErrSealed].
//
// Concurrency: a School may be used by any number of goroutines until Close.
package school
