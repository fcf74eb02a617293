package store

// PersonalColumns tells tests what becomes of each column that names a player.
func PersonalColumns() map[string]string {
	out := map[string]string{}
	for _, c := range personal() {
		how := map[treatment]string{drop: "drop", mask: "mask", history: "history", stay: "stay: " + c.why}[c.how]
		out[c.table+"."+c.column] = how
	}
	return out
}

// AccountColumns tells tests why a column that holds a Discord account is not erased with
// it; empty when it is.
func AccountColumns() map[string]string {
	out := map[string]string{}
	for _, c := range accounts() {
		out[c.table+"."+c.column] = c.why
	}
	return out
}
