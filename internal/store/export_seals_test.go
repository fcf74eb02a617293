package store

// SealedTables names the tables that rotations re-encrypt.
func SealedTables() []string {
	var out []string
	for _, t := range sealedTables() {
		out = append(out, t.name)
	}
	return out
}
