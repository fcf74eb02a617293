package say

import (
	"fmt"
	"strconv"
	"strings"

	"consigliere/internal/faction"
)

// Columns is how wide a table in a message may be, so that a phone does not wrap it.
const Columns = 34

// column of a text table.
type column struct {
	head  string
	width int
	right bool
}

// table sets rows in a code block, one blank between the columns.
func table(cols []column, rows [][]string) string {
	var b strings.Builder
	b.WriteString("```\n")
	head := make([]string, len(cols))
	for i, c := range cols {
		head[i] = c.head
	}
	for _, row := range append([][]string{head}, rows...) {
		line := make([]string, len(cols))
		for i, c := range cols {
			line[i] = fit(row[i], c.width, c.right)
		}
		b.WriteString(strings.TrimRight(strings.Join(line, " "), " ") + "\n")
	}
	b.WriteString("```")
	return b.String()
}

// fit cuts or pads text to a width. A backtick would end the code block.
func fit(s string, columns int, right bool) string {
	s = clip(strings.ReplaceAll(clean(s), "`", "'"), columns)
	pad := strings.Repeat(" ", max(0, columns-columnsOf(s)))
	if right {
		return pad + s
	}
	return s + pad
}

// respect shows points as exactly as the width allows: "1,234.56", "12,346", "1.23m".
func respect(r faction.Respect, columns int) string {
	if s := r.String(); len(s) <= columns {
		return s
	}
	return count(int64((r+50)/100), columns)
}

// count shows a whole number, shortened only when it does not fit.
func count(n int64, columns int) string {
	if s := faction.Count(n); len(s) <= columns {
		return s
	}
	for _, unit := range []struct {
		size float64
		name string
	}{{1e3, "k"}, {1e6, "m"}, {1e9, "g"}, {1e12, "t"}} {
		for _, digits := range []int{2, 1, 0} {
			s := strconv.FormatFloat(float64(n)/unit.size, 'f', digits, 64) + unit.name
			if len(s) <= columns {
				return s
			}
		}
	}
	return strings.Repeat("#", columns)
}

// signed shows a number with its sign: "+334", "-12", "0".
func signed(n int64) string {
	if n > 0 {
		return "+" + faction.Count(n)
	}
	return faction.Count(n)
}

// Page is one page of a list.
type Page struct {
	Number, Of  int // from 0; Of is at least 1
	First, Last int // the items on it: list[First:Last]
	Total       int
}

// PageOf finds a page; a number beyond the list, such as one from an old button,
// gives the nearest one there is.
func PageOf(total, size, number int) Page {
	of := max(1, (total+size-1)/size)
	number = min(max(number, 0), of-1)
	return Page{Number: number, Of: of, First: number * size, Last: min(total, (number+1)*size), Total: total}
}

// Footer words where one is in a list.
func (p Page) Footer(what string) string {
	if p.Total == 1 {
		what = strings.TrimSuffix(what, "s")
	}
	if p.Of == 1 {
		return fmt.Sprintf("%d %s", p.Total, what)
	}
	return fmt.Sprintf("Page %d of %d · %d %s", p.Number+1, p.Of, p.Total, what)
}
