package config

import (
	"net/netip"
	"reflect"
	"strconv"
	"time"
)

// scalar is how one Go type is read from one YAML scalar.
type scalar struct {
	kinds kind // kinds of node accepted
	what  string
	hint  string
	set   func(text string) bool
}

// scalarOf tells how to read v, and whether it is read from a scalar at all.
func scalarOf(v reflect.Value) (scalar, bool) {
	switch target := v.Addr().Interface().(type) {
	case *string:
		return scalar{textKind, "text", "put it in quotes", store(target, keep[string])}, true
	case *Secret:
		return scalar{textKind, "text that is not empty", "put it in quotes, or take it from ${env:NAME}", store(target, secret)}, true
	case *Text:
		return scalar{textKind | integerKind | floatKind, "an expression", "write it as text", store(target, plainText)}, true
	case *bool:
		return scalar{boolKind, "true or false", "without quotes", store(target, boolean)}, true
	case **bool:
		return scalar{boolKind, "true or false", "without quotes", store(target, chosen)}, true
	case *int:
		return scalar{integerKind, "a whole number", "without quotes, such as 30", store(target, integer)}, true
	case *time.Duration:
		return scalar{textKind, "a duration", "a number with a unit, such as 15m, 24h or 7d", store(target, parseDuration)}, true
	case *Date:
		return scalar{textKind, "a date", "write it as YYYY-MM-DD", store(target, ParseDate)}, true
	case *netip.Prefix:
		return scalar{textKind, "an address or a CIDR", "such as 10.0.0.0/8 or 192.0.2.7", store(target, prefix)}, true
	}
	return scalar{}, false
}

// store gives a setter that leaves target alone where parse fails.
func store[T any](target *T, parse func(string) (T, error)) func(string) bool {
	return func(text string) bool {
		value, err := parse(text)
		if err == nil {
			*target = value
		}
		return err == nil
	}
}

func keep[T ~string](text string) (T, error) { return T(text), nil }

func plainText(text string) (Text, error) { return Text{Value: text}, nil }

func secret(text string) (Secret, error) {
	if text == "" {
		return "", strconv.ErrSyntax
	}
	return Secret(text), nil
}

func boolean(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, strconv.ErrSyntax
	}
	return text == "true", nil
}

// chosen is boolean where leaving the key out says neither.
func chosen(text string) (*bool, error) {
	value, err := boolean(text)
	return &value, err
}

// integer reads a decimal number in its only form: no octal, no separators.
func integer(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err == nil && strconv.Itoa(n) != text {
		err = strconv.ErrSyntax
	}
	return n, err
}

// prefix reads a CIDR, or one address as the prefix that holds it alone.
func prefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}
