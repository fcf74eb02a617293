package say

// Heading is a column of a Grid; the widths of all, and a blank between each, should
// not exceed Columns.
type Heading struct {
	Text  string
	Width int
}

// Grid sets rows in a code block that a phone does not wrap. Names in it may be
// anybody's. A row is as long as the headings.
func Grid(heads []Heading, rows [][]string) string {
	cols := make([]column, len(heads))
	for i, h := range heads {
		cols[i] = column{head: h.Text, width: h.Width}
	}
	return table(cols, rows)
}

// Some names the first of a list and counts the others: "Duke, Vera and 3 more". What
// is in the list is said as it is.
func Some(list []string, most int) string {
	shown := list[:min(len(list), most)]
	text := ""
	for i, s := range shown {
		if i > 0 {
			text += ", "
		}
		text += s
	}
	if more := len(list) - len(shown); more > 0 {
		text += " and " + count(int64(more), 6) + " more"
	}
	return text
}
