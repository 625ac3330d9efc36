package store

import (
	"context"
	"database/sql"
	"strings"
	"unicode"
)

// following is the database as a writing transaction sees it: before each statement what is late is written that it may ask
// for, and what is remembered of the table is forgotten that it writes to.
type following struct {
	querier
	tx *Tx
}

func (f following) follow(ctx context.Context, query string) {
	f.tx.inTime(ctx, query)
	if table, reads := written(query); !reads {
		f.tx.memo.forget(table)
	}
}

// written is the table that a statement writes to; empty where that is not plain. reads says that it writes to none.
func written(query string) (table string, reads bool) {
	verb, rest := word(query)
	switch strings.ToLower(verb) {
	case "select":
		return "", true
	case "insert", "delete":
		verb, rest = word(rest)
		if !strings.EqualFold(verb, "into") && !strings.EqualFold(verb, "from") {
			return "", false
		}
	case "update":
	default:
		return "", false
	}
	table, _ = word(rest)
	return table, false
}

// word is the first word of a text, and what follows it.
func word(text string) (first, rest string) {
	text = strings.TrimLeft(text, " \t\r\n")
	end := strings.IndexFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) })
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:]
}

func (f following) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	f.follow(ctx, query)
	return f.querier.ExecContext(ctx, query, args...)
}

func (f following) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	f.follow(ctx, query)
	return f.querier.QueryContext(ctx, query, args...)
}

func (f following) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	f.follow(ctx, query)
	return f.querier.QueryRowContext(ctx, query, args...)
}
