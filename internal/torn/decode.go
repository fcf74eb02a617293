package torn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// RowError is a row of a list that could not be read. The others are kept.
type RowError struct {
	Index int // place in Torn's list, from 0
	Err   error
}

// Error is for logs; it holds no value of the row but the field's name.
func (e RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Index, e.Err) }

// Unwrap gives the cause.
func (e RowError) Unwrap() error { return e.Err }

// List is a list as Torn sent it. Rows that could not be read stand in Skipped,
// for the caller to log and count.
type List[T any] struct {
	Rows    []T
	Skipped []RowError
	// Next and Prev are Torn's page links, without a key; empty at the end. In
	// lists paged by time Next is newer and Prev older, whatever the order.
	Next, Prev string
	Total      *int64
}

// row is what a row type checks about itself after decoding.
type row interface{ check() error }

// list reads the list under name. A missing field or one that is no array is
// ErrShape; a bad row is skipped, but when none of several can be read the rows
// have another shape: an empty roster would look like everybody left.
func list[T any](top fields, name, endpoint string) (List[T], error) {
	var out List[T]
	raw, ok := top[name]
	if !ok {
		return out, wrongShape(endpoint, "the answer has no "+name)
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(raw, &rows); err != nil || rows == nil {
		return out, wrongShape(endpoint, name+" is not a list")
	}
	out.Rows = make([]T, 0, len(rows))
	for i, r := range rows {
		var v T
		err := json.Unmarshal(r, &v)
		if c, can := any(&v).(row); can && err == nil {
			err = c.check()
		}
		if err != nil {
			out.Skipped = append(out.Skipped, RowError{Index: i, Err: rowFault(err)})
			continue
		}
		out.Rows = append(out.Rows, v)
	}
	if len(out.Rows) == 0 && len(rows) > 1 {
		return out, wrongShape(endpoint, fmt.Sprintf("none of the %d rows of %s can be read, the first: %v", len(rows), name, out.Skipped[0].Err))
	}
	var meta struct {
		Links struct{ Next, Prev *string }
		Total *int64
	}
	if json.Unmarshal(top["_metadata"], &meta) == nil {
		out.Next, out.Prev, out.Total = str(meta.Links.Next), str(meta.Links.Prev), meta.Total
	}
	return out, nil
}

// object reads the object under name. PHP writes an empty object as []; that and
// null leave *into nil when it is a pointer.
func object[T any](top fields, name, endpoint string) (T, error) {
	var v T
	raw, ok := top[name]
	if !ok {
		return v, wrongShape(endpoint, "the answer has no "+name)
	}
	if emptyArray(raw) {
		raw = json.RawMessage("null")
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, wrongShape(endpoint, fmt.Sprintf("%s: %v", name, rowFault(err)))
	}
	if c, can := any(&v).(row); can {
		if err := c.check(); err != nil {
			return v, wrongShape(endpoint, fmt.Sprintf("%s: %v", name, err))
		}
	}
	return v, nil
}

// rowFault keeps the field and the types of a decoding error and drops the value.
func rowFault(err error) error {
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) {
		kind, _, _ := bytes.Cut([]byte(t.Value), []byte(" ")) // "number 1.5" → "number"
		return fmt.Errorf("field %q is a %s, not a %s", t.Field, kind, t.Type)
	}
	return err
}

func emptyArray(raw json.RawMessage) bool {
	t := bytes.TrimSpace(raw)
	return len(t) >= 2 && t[0] == '[' && len(bytes.TrimSpace(t[1:len(t)-1])) == 0
}

func str(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// At turns Torn's unix seconds into a time; 0 and less is the zero time.
func At(seconds int64) time.Time {
	if seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// AtPtr is At for fields that may be null.
func AtPtr(seconds *int64) time.Time {
	if seconds == nil {
		return time.Time{}
	}
	return At(*seconds)
}
