package scim

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// counted is a text n times with its number in place of #, joined by commas.
func counted(n int, text string) string {
	var all []string
	for i := range n {
		all = append(all, strings.ReplaceAll(text, "#", strconv.Itoa(i)))
	}
	return strings.Join(all, ",")
}

// A PATCH that would hold the record's lock for long is refused.
func TestPatchWork(t *testing.T) {
	emails := `"emails":[` + counted(maxElements, `{"value":"v#@example.com","type":"t#","primary":false}`) + `]`
	long := `"emails":[` + counted(16, `{"value":"#`+strings.Repeat("ü", 30_000)+`"}`) + `]`
	foreign := `"urn:x:y:1.0:User":{"a":[` + counted(40_000, `#`) + `]}`
	for name, c := range map[string]struct {
		has, operations string
		refused         bool
	}{
		"umlauts":                {strings.ReplaceAll(emails, "example", "müller"), counted(maxOperations, `{"op":"add","path":"emails[value eq \"V1@MÜLLER.com\"].display","value":"w#"}`), false},
		"two comparisons":        {emails, counted(maxOperations, `{"op":"add","path":"emails[type eq \"t#\" or type eq \"T1\"].value","value":"w#"}`), false},
		"values that are there":  {emails, counted(maxOperations, `{"op":"add","path":"emails","value":[{"value":"v1@example.com","type":"t1"}]}`), false},
		"twenty comparisons":     {emails, counted(maxOperations, `{"op":"remove","path":"emails[`+strings.TrimSuffix(strings.Repeat(`value co \"q\" or `, maxComparisons), " or ")+`]"}`), true},
		"comparisons of a text":  {long, counted(maxOperations, `{"op":"replace","path":"emails[value co \"q#\" or value pr].type","value":"x"}`), true},
		"a list added to a list": {foreign, `{"op":"add","path":"urn:x:y:1.0:User:a","value":[` + counted(30_000, `"#"`) + `]}`, true},
		"a list added to none":   {`"title":"x"`, `{"op":"add","path":"urn:x:y:1.0:User:a","value":[` + counted(30_000, `"#"`) + `]}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			doc, patch := document(t, users(), user(","+c.has)), decoded(t, patchBody(c.operations))
			start := time.Now()
			ops, err := users().patchOps(patch)
			if err == nil {
				_, err = users().apply(doc, ops)
			}
			took := time.Since(start)
			if c.refused {
				wantProblem(t, err, 413, "")
			} else if err != nil {
				t.Error(err)
			}
			t.Logf("took %v", took)
		})
	}
}
