package plan_test

import (
	"errors"
	"testing"
	"time"
	"unicode/utf8"

	"usher/sync/plan"
)

// FuzzCompileRule: no text makes the compiler or the machine panic, run long, or answer one thing now and another then;
// every refusal says where.
func FuzzCompileRule(f *testing.F) {
	for _, text := range []string{
		``, `true`, `department == "Sales" and employeeType != "Intern"`, `inGroup("A") or "B" in groups`,
		`reportsTo("bob@x.com")`, `any(groups, # startsWith "S")`, `custom["urn:x:User:grade"] > 3`,
		`title matches "^(a+)+$"`, `1..1000000000 == []`, `let a = "x"; a + a == ""`, `{"a": 1}["a"] == 1`, `((((((((`,
		`not not not true`, `department ?? title == ""`, `groups[0:1] == ["x"]`, `guest ? true : false`, `$env`,
		`if guest { true } else { false }`, `b"\xff" == b"a"`, `-9223372036854775808 / -1 == 0`, `2 ** 1e308 > 0`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		began := time.Now()
		if r, err := plan.CompileRule(text); err == nil {
			got, failed := r.Entitled(ann())
			again, failedAgain := r.Entitled(ann())
			if got != again || (failed == nil) != (failedAgain == nil) {
				t.Errorf("first %v, %v, then %v, %v", got, failed, again, failedAgain)
			}
		} else {
			mustSayWhere(t, text, err)
		}
		if p, err := plan.CompilePriority(text); err == nil {
			_, _ = p.Of(ann())
		} else {
			mustSayWhere(t, text, err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func mustSayWhere(t *testing.T, text string, err error) {
	t.Helper()
	var e *plan.RuleError
	switch {
	case !errors.As(err, &e):
		t.Errorf("%v is not a RuleError", err)
	case e.Line < 1 || e.Column < 1 || e.Column > utf8.RuneCountInString(text)+2:
		t.Errorf("at %d:%d, which is not in the text", e.Line, e.Column)
	case e.Message == "":
		t.Error("no message")
	}
}
