package scimtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// answer is a response that was read.
type answer struct {
	status int
	header http.Header
	text   string
	body   any
}

// at is the value at a path; several values where the path has a *.
func (a answer) at(path []string) (any, bool) {
	if name, ok := strings.CutPrefix(path[0], "@"); ok {
		if name == "body" {
			return a.text, true
		}
		return a.header.Get(name), a.header.Get(name) != ""
	}
	return walk(a.body, path)
}

func walk(value any, path []string) (any, bool) {
	if len(path) == 0 {
		return value, true
	}
	switch v := value.(type) {
	case map[string]any:
		if next, ok := v[path[0]]; ok {
			return walk(next, path[1:])
		}
	case []any:
		if path[0] == "*" {
			all := []any{}
			for _, element := range v {
				if found, ok := walk(element, path[1:]); ok {
					all = append(all, found)
				}
			}
			return all, true
		}
		if i, err := strconv.Atoi(path[0]); err == nil && i < len(v) {
			return walk(v[i], path[1:])
		}
	}
	return nil, false
}

// check is one [path, operator, value] of a step.
type check struct {
	path     []string
	operator string
	want     any
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *check) UnmarshalJSON(text []byte) error {
	var parts [3]json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return err
	}
	var dotted string
	if err := json.Unmarshal(parts[0], &dotted); err == nil {
		c.path = strings.Split(dotted, ".")
	} else if err := json.Unmarshal(parts[0], &c.path); err != nil {
		return err
	}
	if err := json.Unmarshal(parts[1], &c.operator); err != nil {
		return err
	}
	return json.Unmarshal(parts[2], &c.want)
}

// holds says how the answer fails the check, if it does.
func (c check) holds(a answer, fill func(string) string) error {
	want := c.want
	if text, ok := want.(string); ok {
		want = fill(text)
	}
	got, _ := a.at(c.path)
	ok, err := compare(got, c.operator, want)
	if err == nil && !ok {
		err = fmt.Errorf("%s is %v: not %s %v", strings.Join(c.path, "."), got, c.operator, want)
	}
	return err
}

func compare(got any, operator string, want any) (bool, error) {
	switch operator {
	case "eq":
		return reflect.DeepEqual(got, want), nil
	case "ne":
		return !reflect.DeepEqual(got, want), nil
	case "has", "contains":
		return contains(got, want), nil
	case "hasnot":
		return !contains(got, want), nil
	case "present":
		return !empty(got), nil
	case "absent":
		return empty(got), nil
	case "len0":
		return length(got) == 0, nil
	case "len":
		return float64(length(got)) == want, nil
	case "ge":
		n, isNumber := got.(float64)
		least, _ := want.(float64)
		return isNumber && n >= least, nil
	case "count_true":
		return float64(trues(got)) == want, nil
	}
	return false, fmt.Errorf("unknown operator %s", operator)
}

// contains says whether a list has the element, or a text the part.
func contains(got, want any) bool {
	switch v := got.(type) {
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return reflect.DeepEqual(e, want) })
	case string:
		return strings.Contains(v, fmt.Sprint(want))
	}
	return false
}

func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func length(value any) int {
	list, _ := value.([]any)
	return len(list)
}

func trues(value any) int {
	list, _ := value.([]any)
	n := 0
	for _, element := range list {
		if element == true {
			n++
		}
	}
	return n
}

// encode turns a target as the corpus writes it into one that can be sent.
func encode(target string, rawPath, rawQuery bool) string {
	path, query, asked := strings.Cut(target, "?")
	if !rawPath {
		path = (&url.URL{Path: path}).EscapedPath()
	}
	if !asked {
		return path
	}
	if !rawQuery {
		parameters := strings.Split(query, "&")
		for i, p := range parameters {
			if name, value, ok := strings.Cut(p, "="); ok {
				parameters[i] = name + "=" + url.QueryEscape(value)
			}
		}
		query = strings.Join(parameters, "&")
	}
	return path + "?" + query
}
