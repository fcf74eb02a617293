package faction

// Settings is what a faction decided about itself, beside channels and permissions.
type Settings struct {
	// LowFairFight: a hit with a fair-fight modifier below it is marked low; in hundredths.
	LowFairFight int
}
