package api

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"usher/internal/usher"
)

// usualPage is how many items a list has where the request does not say, and longestPage how many
// it has at most.
const (
	usualPage   = 100
	longestPage = 500
)

// page is one part of a list as it is sent.
type page[T any] struct {
	Items []T `json:"items"`
	// Next is to be sent as after for the next part; empty: this was the last.
	Next string `json:"next,omitempty"`
}

func pageOf[T any](l usher.Listed[T]) page[T] {
	p := page[T]{Items: l.Items}
	if p.Items == nil {
		p.Items = []T{}
	}
	if l.Next != nil {
		p.Next = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%s", l.Next.At, l.Next.ID))
	}
	return p
}

// whole is a list that comes in one part.
func whole[T any](items []T, err error) (any, error) {
	return pageOf(usher.Listed[T]{Items: items}), err
}

// after is the place at which the part begins that a request asks for.
func (v *visit) after() (usher.Mark, error) {
	text := v.query.Get("after")
	if text == "" {
		return usher.Mark{}, nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(text)
	at, id, ok := strings.Cut(string(plain), ".")
	n, wrong := strconv.ParseInt(at, 10, 64)
	if err != nil || !ok || wrong != nil || !plainText(id) {
		return usher.Mark{}, invalid("after", "is not what a list gave as next")
	}
	return usher.Mark{At: usher.Time(n), ID: usher.ID(id)}, nil
}

// limit is how many items the part may have.
func (v *visit) limit() (int, error) {
	text := v.query.Get("limit")
	if text == "" {
		return usualPage, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > longestPage {
		return 0, invalid("limit", fmt.Sprintf("is no number from 1 to %d", longestPage))
	}
	return n, nil
}

// part is after and limit.
func (v *visit) part() (usher.Mark, int, error) {
	after, err := v.after()
	if err != nil {
		return after, 0, err
	}
	n, err := v.limit()
	return after, n, err
}
