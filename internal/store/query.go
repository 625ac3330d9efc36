package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"usher/internal/usher"
)

// resource is what differs between the things that filters select. Its table is t in
// every statement, and the directory is $1.
type resource struct {
	table   string
	columns string
	live    string            // which rows of the directory count
	keys    map[string]string // paths whose comparable text has a column, for eq
	linked  string            // the path whose values are ids in group_member m
	own     string            // the column of m that is t's id
	other   string            // the column of m that is the value
}

// query gathers the conditions of one statement and their parameters.
type query struct {
	of   resource
	args []any
}

// find reads one page of what ask selects, and counts all of it.
func find[T any](ctx context.Context, tx *Tx, of resource, scan func(scanner) (T, error), ask usher.Query) (page usher.Page[T], err error) {
	q := &query{of: of, args: []any{string(ask.Directory)}}
	from, err := q.from(ask.Filter)
	if err != nil {
		return page, err
	}
	where := slices.Clone(q.args)
	if ask.Limit > 0 {
		text := "select " + of.columns + from + q.order(ask) + " limit " + q.bind(ask.Limit) + " offset " + q.bind(ask.Offset)
		if page.Items, err = all(ctx, tx, scan, text, q.args...); err != nil {
			return page, err
		}
	}
	// A page that is not full tells the total by itself.
	if n := len(page.Items); n < ask.Limit && (n > 0 || ask.Offset == 0) {
		page.Total = ask.Offset + n
		return page, nil
	}
	page.Total, err = one(ctx, tx, scalar[int], "select count(*)"+from, where...)
	return page, err
}

func (q *query) from(f usher.Filter) (string, error) {
	directory := "t.directory_id = $1"
	if c, ok := rarest(f); ok && q.of.keys[c.Path] == "" && q.column(c.Path) == "" {
		// SQLite would walk the whole directory instead of looking up the few owners of the
		// value; it uses no index for this form.
		directory = "not (t.directory_id <> $1)"
	}
	text := " from " + q.of.table + " t where " + directory + q.of.live
	if f == nil {
		return text, nil
	}
	condition, err := q.logic(f, q.condition)
	return text + " and (" + condition + ")", err
}

// order sorts by a column or by the first value at the path. Missing values come last,
// or first when descending (RFC 7644 section 3.4.2.3); ids break ties.
func (q *query) order(ask usher.Query) string {
	direction, missing := "", " nulls last"
	if ask.Descending {
		direction, missing = " desc", " nulls first"
	}
	key := q.column(ask.SortBy)
	switch {
	case ask.SortBy == "":
		key = "t.created_at" + direction
	case key != "":
		key += direction
	default:
		key = "(select v.text from attribute_value v where v.owner_id = t.id and v.path = " + q.bind(ask.SortBy) +
			" order by v.element, v.text limit 1)" + direction + missing
	}
	return " order by " + key + ", t.id" + direction
}

// column is the column of a path that is never a value; empty for all others.
func (q *query) column(path string) string {
	switch path {
	case usher.PathID:
		return "t.id"
	case usher.PathCreated:
		return "t.created_at"
	case usher.PathLastModified:
		return "t.modified_at"
	}
	return ""
}

// bind adds a parameter and gives its mark.
func (q *query) bind(v any) string {
	q.args = append(q.args, v)
	return "$" + strconv.Itoa(len(q.args))
}

// logic writes f, and leaf its comparisons. No leaf may come out as null: not would
// keep it null.
func (q *query) logic(f usher.Filter, leaf func(usher.Filter) (string, error)) (string, error) {
	switch f := f.(type) {
	case usher.And:
		return q.both(f.Left, " and ", f.Right, leaf)
	case usher.Or:
		return q.both(f.Left, " or ", f.Right, leaf)
	case usher.Not:
		inner, err := q.logic(f.Filter, leaf)
		return "not (" + inner + ")", err
	case usher.Compare:
		if f.Op == usher.NotEqual {
			f.Op = usher.Equal
			return q.logic(usher.Not{Filter: f}, leaf)
		}
	}
	return leaf(f)
}

func (q *query) both(left usher.Filter, word string, right usher.Filter, leaf func(usher.Filter) (string, error)) (string, error) {
	l, err := q.logic(left, leaf)
	if err != nil {
		return "", err
	}
	r, err := q.logic(right, leaf)
	return "(" + l + ")" + word + "(" + r + ")", err
}

// condition writes a comparison or an element's filter as a condition on t.
func (q *query) condition(f usher.Filter) (string, error) {
	switch f := f.(type) {
	case usher.Element:
		if f.Path+".value" == q.of.linked {
			return q.links(f.Filter)
		}
		return q.element(f)
	case usher.Compare:
		return q.compare(f)
	}
	return "", unknownFilter(f)
}

func (q *query) compare(c usher.Compare) (string, error) {
	key := q.of.keys[c.Path]
	switch {
	case c.Path == usher.PathID:
		return q.text("t.id", c)
	case c.Path == usher.PathCreated || c.Path == usher.PathLastModified:
		return q.time(q.column(c.Path), c)
	case c.Path == q.of.linked, c.Op == usher.Present && c.Path+".value" == q.of.linked:
		return q.links(c)
	case key != "" && c.Op == usher.Equal:
		return key + " is not null and " + key + " = " + q.bind(c.Text), nil
	}
	value, err := q.value("v", c)
	return "t.id in (select v.owner_id from attribute_value v where v.directory_id = $1 and " + value + ")", err
}

// links selects by the rows of group_member: a record by its groups, a group by its
// members.
func (q *query) links(f usher.Filter) (string, error) {
	condition, err := q.logic(f, func(f usher.Filter) (string, error) {
		c, ok := f.(usher.Compare)
		switch {
		case !ok:
			return "", unknownFilter(f)
		case c.Op == usher.Present || c.Path == q.of.linked:
			return q.text("m."+q.of.other, c)
		}
		return "", &usher.InvalidError{Attribute: c.Path, Problem: "cannot be filtered; use " + q.of.linked}
	})
	return "t.id in (select m." + q.of.own + " from group_member m where " + condition + ")", err
}

// element looks for one element e whose leaves fulfil the filter together.
func (q *query) element(f usher.Element) (string, error) {
	c, ok := rarest(f.Filter)
	if !ok {
		c = usher.Compare{Path: f.Path, Op: usher.Present}
	}
	start, err := q.value("e", c)
	if err != nil {
		return "", err
	}
	leaves, err := q.logic(f.Filter, func(f usher.Filter) (string, error) {
		c, ok := f.(usher.Compare)
		if !ok {
			return "", unknownFilter(f)
		}
		value, err := q.value("v", c)
		return "exists (select 1 from attribute_value v where v.owner_id = e.owner_id and v.element = e.element and " + value + ")", err
	})
	return "t.id in (select e.owner_id from attribute_value e where e.directory_id = $1 and " + start + " and (" + leaves + "))", err
}

// rarest is the equality without which f cannot hold and which the fewest fulfil: the
// longest text, an address rather than "work". The index finds it, so that not everything
// in the directory is looked at.
func rarest(f usher.Filter) (best usher.Compare, ok bool) {
	switch f := f.(type) {
	case usher.Compare:
		return f, f.Op == usher.Equal
	case usher.Element:
		return rarest(f.Filter)
	case usher.And:
		left, lok := rarest(f.Left)
		right, rok := rarest(f.Right)
		if !lok || rok && len(right.Text) > len(left.Text) {
			return right, rok
		}
		return left, lok
	}
	return best, false
}

// value writes a comparison as a condition on the attribute_value row alias.
func (q *query) value(alias string, c usher.Compare) (string, error) {
	if c.Op == usher.Present {
		return q.below(alias, c.Path), nil
	}
	text, err := q.text(alias+".text", c)
	if c.Op == usher.Equal {
		text = "substr(" + alias + ".text, 1, 200) = " + q.bind(prefix(c.Text)) + " and " + text
	}
	return alias + ".path = " + q.bind(c.Path) + " and " + text, err
}

// below selects path and what is below it, as one range of the index.
func (q *query) below(alias, path string) string {
	column := alias + ".path"
	from, dot, end := q.bind(path), q.bind(path+"."), q.bind(path+"/") // "/" follows "."
	return column + " >= " + from + " and " + column + " < " + end + " and (" + column + " = " + from + " or " + column + " >= " + dot + ")"
}

// prefix is the part of a text that the index holds: keys of any length would not fit.
func prefix(text string) string {
	n := 0
	for i := range text {
		if n == 200 {
			return text[:i]
		}
		n++
	}
	return text
}

// text compares a text column that is not null.
func (q *query) text(column string, c usher.Compare) (string, error) {
	switch {
	case c.Op == usher.Present, c.Op == usher.Contains && c.Text == "":
		return "true", nil
	case c.Op == usher.Contains:
		return "replace(" + column + ", " + q.bind(c.Text) + ", '') <> " + column, nil
	case c.Op == usher.StartsWith:
		return "substr(" + column + ", 1, " + q.bind(utf8.RuneCountInString(c.Text)) + ") = " + q.bind(c.Text), nil
	case c.Op == usher.EndsWith:
		return "substr(" + column + ", length(" + column + ") - " + q.bind(utf8.RuneCountInString(c.Text)) + " + 1) = " + q.bind(c.Text), nil
	}
	return q.ordered(column, c, c.Text)
}

// time compares a column of microseconds.
func (q *query) time(column string, c usher.Compare) (string, error) {
	if c.Op == usher.Present {
		return "true", nil
	}
	at, err := strconv.ParseInt(c.Text, 10, 64)
	if err != nil {
		return "", &usher.InvalidError{Attribute: c.Path, Problem: "is compared to something that is not a time; write one such as 2026-01-31T08:00:00Z"}
	}
	return q.ordered(column, c, at)
}

func (q *query) ordered(column string, c usher.Compare, v any) (string, error) {
	operators := map[usher.Op]string{
		usher.Equal:          "=",
		usher.Greater:        ">",
		usher.GreaterOrEqual: ">=",
		usher.Less:           "<",
		usher.LessOrEqual:    "<=",
	}
	operator, ok := operators[c.Op]
	if !ok {
		return "", &usher.InvalidError{Attribute: c.Path, Problem: fmt.Sprintf("cannot be compared by %q", c.Op)}
	}
	return strings.Join([]string{column, operator, q.bind(v)}, " "), nil
}

func unknownFilter(f usher.Filter) error {
	return &usher.InvalidError{Attribute: "filter", Problem: fmt.Sprintf("cannot hold %T here", f)}
}
