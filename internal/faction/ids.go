// Package faction is the vocabulary every other room speaks: ids, members,
// positions, respect, money and the kinds of error. It does no I/O.
package faction

// ID is a Torn faction id.
type ID int64

// PlayerID is a Torn player id. Zero is "nobody known": a stealthed attacker.
type PlayerID int64
