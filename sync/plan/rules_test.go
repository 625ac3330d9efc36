package plan_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"usher/internal/usher"
	"usher/sync/plan"
)

// ann is who most tests are about.
func ann() *plan.Facts {
	return &plan.Facts{
		UserName: "Ann@x.com", Email: "ann@x.com", Emails: []string{"ann@x.com", "a.smith@x.com"}, Domain: "x.com",
		DisplayName: "Ann Smith", GivenName: "Ann", FamilyName: "Smith", Title: "Head of Sales", Department: "Sales",
		Division: "EMEA", Organization: "X Ltd", CostCenter: "4711", Country: "DE", EmployeeType: "Employee",
		EmployeeNumber: "007", Groups: []string{"Sales EMEA", "Everyone"}, Managers: []string{"bob@x.com", "ceo@x.com"},
		Directory: "okta", Custom: map[string]any{"urn:x:User:grade": 7.0, "urn:x:User:site": "Berlin"},
	}
}

func compileRule(t testing.TB, text string) *plan.Rule {
	t.Helper()
	r, err := plan.CompileRule(text)
	if err != nil {
		t.Fatalf("rule %s: %v", text, err)
	}
	return r
}

func TestRuleEntitles(t *testing.T) {
	for text, want := range map[string]bool{
		``:                             false,
		" \n\t ":                       false,
		`true`:                         true,
		`department == "Sales"`:        true,
		`department == "sales"`:        false, // text compares exactly ..
		`lower(department) == "sales"`: true,  // .. unless asked otherwise
		`department == "Sales" and employeeType != "Intern"`:   true,
		`department == "Sales" && !(country in ["US", "UK"])`:  true,
		`userName == "Ann@x.com" and email == "ann@x.com"`:     true,
		`"a.smith@x.com" in emails`:                            true,
		`domain == "x.com"`:                                    true,
		`displayName contains "Smith"`:                         true,
		`givenName + " " + familyName == displayName`:          true,
		`title startsWith "Head"`:                              true,
		`title endsWith "Sales"`:                               true,
		`title matches "^(Head|Chief) of"`:                     true,
		`title matches "^Chief"`:                               false,
		`division == "EMEA" and organization == "X Ltd"`:       true,
		`costCenter in ["4711", "4712"]`:                       true,
		`employeeNumber == "007"`:                              true,
		`int(employeeNumber) < 10`:                             true,
		`directory == "okta" and not guest`:                    true,
		`inGroup("Sales EMEA")`:                                true,
		`inGroup("sales emea")`:                                true, // a group's name in any case
		`inGroup("Sales")`:                                     false,
		`inGroup(department + " " + division)`:                 true,
		`"Everyone" in groups`:                                 true,
		`"everyone" in groups`:                                 false,
		`any(groups, # startsWith "Sales")`:                    true,
		`groups | all(# != "Interns")`:                         true,
		`count(groups, # contains "E") == 2`:                   true,
		`len(managers) == 2`:                                   true,
		`first(managers) == "bob@x.com"`:                       true,
		`reportsTo("bob@x.com")`:                               true,
		`reportsTo("CEO@X.COM")`:                               true, // anywhere in the chain, in any case
		`reportsTo("ann@x.com")`:                               false,
		`reportsTo(familyName)`:                                false,
		`custom["urn:x:User:grade"] >= 7`:                      true,
		`custom["urn:x:User:site"] == "Berlin"`:                true,
		`custom["urn:x:User:none"] == "Berlin"`:                false,
		`"urn:x:User:none" in custom`:                          false,
		`country == "DE" ? title contains "Head" : false`:      true,
		"department == \"Sales\" and\n  country == \"DE\"":     true,
		`department == "Sales" /* staff only */ and not guest`: true,
	} {
		t.Run(text, func(t *testing.T) {
			got, err := compileRule(t, text).Entitled(ann())
			if err != nil || got != want {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		})
	}
}

func TestRuleErrorsSayWhereAndHow(t *testing.T) {
	for _, c := range []struct {
		text         string
		line, column int
		says, hint   string
	}{
		{`departmnt == "Sales"`, 1, 1, "unknown name departmnt", "did you mean department?"},
		{`Department == "Sales"`, 1, 1, "unknown name Department", "did you mean department?"},
		{"country == \"DE\"\n  and titel == \"x\"", 2, 7, "unknown name titel", "did you mean title?"},
		{`"日本" == contry`, 1, 9, "unknown name contry", "did you mean country?"},
		{`department == Sales`, 1, 15, "unknown name Sales", `text stands in quotes: "Sales"; the names are userName, email`},
		{`x == "Sales"`, 1, 1, "unknown name x", "text stands in quotes"},
		{`ingroup("Sales")`, 1, 1, "unknown name ingroup", "did you mean inGroup?"},
		{`lowr(title) == "x"`, 1, 1, "unknown name lowr", "did you mean lower or floor?"},
		{`Facts.Title == "x"`, 1, 1, "unknown name Facts", ""},
		{`department = "Sales"`, 1, 12, "unexpected token", "compare with =="},
		{`guest AND true`, 1, 7, "unexpected token", "and, or, not"},
		{`groups == "Sales"`, 1, 8, "mismatched types", `inGroup("Sales")`},
		{`country == 5`, 1, 9, "mismatched types string and int", ""},
		{`title.length > 3`, 1, 7, "has no field length", ""},
		{`department`, 1, 1, "expected bool, but got string", "a rule is true or false"},
		{`custom["urn:x:User:vip"]`, 1, 1, "expected bool", "a rule is true or false"},
		{`inGroup`, 1, 1, "expected bool", "a rule is true or false"},
		{`inGroup(3)`, 1, 9, "cannot use int", ""},
		{`inGroup()`, 1, 1, "not enough arguments", ""},
		{`reportsTo("the boss")`, 1, 11, "reportsTo takes the address of a manager", ""},
		{`(`, 1, 1, "unexpected token EOF", ""},
		{`department == "Sales`, 1, 21, "literal not terminated", ""},
		{`department matches "("`, 1, 12, "missing closing )", ""},
		{`department matches title`, 1, 20, "regular expression in quotes", ""},
		// What would make the answer depend on more than the facts, or grow without bound:
		{`now().Year() > 2000`, 1, 1, "function now", ""},
		{`date("2026-01-01") != date("2026-01-02")`, 1, 1, "function date", ""},
		{`keys(custom)[0] == "a"`, 1, 1, "function keys", ""},
		{`fromJSON(title) == 1`, 1, 1, "function fromJSON", ""},
		{`repeat(title, 1000000) == ""`, 1, 1, "function repeat", ""},
		{`all(1..1000000, true)`, 1, 6, "ranges (..)", ">= and <="},
		{`let t = title + title; t + t == ""`, 1, 5, "let and ;", ""},
		{`true; false`, 1, 1, "let and ;", ""},
		{`any(groups, any(managers, true))`, 1, 13, "inside another", ""},
		{`$env["title"] == "x"`, 1, 1, "$env", ""},
		{strings.Repeat(" ", 16<<10-3) + "true", 1, 1, "longer than 16384 bytes", "inGroup"},
		{strings.Repeat("true and ", 600) + "true", 1, 4506, "maximum allowed nodes", ""},
	} {
		name := c.text[:min(len(c.text), 40)]
		t.Run(name, func(t *testing.T) {
			r, err := plan.CompileRule(c.text)
			var e *plan.RuleError
			if !errors.As(err, &e) {
				t.Fatalf("got %v, %v, want a RuleError", r, err)
			}
			if e.Line != c.line || e.Column != c.column {
				t.Errorf("at %d:%d, want %d:%d: %v", e.Line, e.Column, c.line, c.column, e)
			}
			if !strings.Contains(e.Message, c.says) || !strings.Contains(e.Message+e.Hint, c.hint) {
				t.Errorf("got %q, hint %q", e.Message, e.Hint)
			}
			if !errors.Is(err, usher.ErrInvalid) {
				t.Error("is not usher.ErrInvalid")
			}
			if want := fmt.Sprintf("line %d, column %d: ", c.line, c.column); !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), e.Hint) {
				t.Errorf("error text %q", err)
			}
		})
	}
}

func TestRuleThatCannotBeComputedNamesThePlaceButNobody(t *testing.T) {
	for text, column := range map[string]int{
		`guest or custom["urn:x:User:none"] > 3`:                                    36,
		`int(familyName) == 1`:                                                      1,
		`any(custom["urn:x:User:grade"], true)`:                                     1,
		`first(managers)[99:100] == "" and custom["urn:x:User:grade"] contains "7"`: 62,
	} {
		t.Run(text, func(t *testing.T) {
			got, err := compileRule(t, text).Entitled(ann())
			var e *plan.RuleError
			if !errors.As(err, &e) || got {
				t.Fatalf("got %v, %v, want a RuleError", got, err)
			}
			if e.Line != 1 || e.Column != column {
				t.Errorf("at %d:%d, want 1:%d", e.Line, e.Column, column)
			}
			for _, personal := range []string{"Smith", "Berlin", "bob"} {
				if strings.Contains(err.Error(), personal) {
					t.Errorf("the error tells %q: %v", personal, err)
				}
			}
		})
	}
}

func TestRuleAtItsLimits(t *testing.T) {
	compileRule(t, strings.Repeat(" ", 16<<10-4)+"true")
	compileRule(t, strings.Repeat("true and ", 499)+"true") // 999 nodes
	if _, err := plan.CompileRule(strings.Repeat("true and ", 500) + "true"); err == nil {
		t.Error("1,001 nodes are too many")
	}
	if _, err := plan.CompileRule(strings.Repeat("(", 16<<10)); err == nil {
		t.Error("a text of brackets is no rule")
	}
}

func TestRuleStaysInBoundsWithALargePerson(t *testing.T) {
	f := ann()
	for i := range 200_000 {
		f.Groups = append(f.Groups, fmt.Sprint("group ", i))
	}
	if ok, err := compileRule(t, `any(groups, # == "group 199999")`).Entitled(f); err != nil || !ok {
		t.Errorf("looking through a list takes no memory: got %v, %v", ok, err)
	}
	if _, err := compileRule(t, `len(filter(groups, # != "")) > 1 and first(filter(groups, true)) != filter(groups, true)[1]`).Entitled(f); err == nil {
		t.Error("a list of 200,000 made three times is over the memory budget")
	}
}

func TestRuleGroups(t *testing.T) {
	for text, want := range map[string][]string{
		``:                        nil,
		`guest`:                   nil,
		`inGroup("B")`:            {"B"},
		`"A" in groups`:           {"A"},
		`"A" not in groups`:       {"A"},
		`"A" in managers`:         nil,
		`inGroup(department)`:     nil,
		`department in ["Sales"]`: nil,
		`inGroup("B") and (inGroup("A") or "C" in groups) and not inGroup("B")`: {"A", "B", "C"},
		`any(emails, inGroup("D"))`: {"D"},
	} {
		r := compileRule(t, text)
		if got := r.Groups(); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
		for i := range r.Groups() {
			r.Groups()[i] = "overwritten"
		}
		if got := r.Groups(); !slices.Equal(got, want) {
			t.Errorf("%s: a caller can change the rule: %q", text, got)
		}
	}
}

func TestUsesManagers(t *testing.T) {
	for text, want := range map[string]bool{
		``:                           false,
		`guest`:                      false,
		`"managers" in groups`:       false,
		`reportsTo("bob@x.com")`:     true,
		`guest and reportsTo(email)`: true,
		`len(managers) > 2`:          true,
		`any(managers, # == "x")`:    true,
	} {
		if got := compileRule(t, text).UsesManagers(); got != want {
			t.Errorf("rule %s: got %v", text, got)
		}
		p, err := plan.CompilePriority("")
		if text != "" {
			p, err = plan.CompilePriority(text + " ? 1 : 0")
		}
		if err != nil || p.UsesManagers() != want {
			t.Errorf("priority by %s: got %v, %v", text, p.UsesManagers(), err)
		}
	}
}

func TestRuleText(t *testing.T) {
	if got, want := compileRule(t, " guest\n\tand  true ").String(), "guest and true"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNilRuleAndPriority(t *testing.T) {
	var r *plan.Rule
	if ok, err := r.Entitled(ann()); ok || err != nil || r.Groups() != nil || r.String() != "" || !r.Empty() || r.UsesManagers() {
		t.Errorf("the nil rule entitles nobody: got %v, %v, %q, %q", ok, err, r.Groups(), r)
	}
	var p *plan.Priority
	if n, err := p.Of(ann()); n != 0 || err != nil || p.UsesManagers() {
		t.Errorf("the nil priority is 0: got %v, %v", n, err)
	}
}

func TestRuleIsSharedBetweenGoroutines(t *testing.T) {
	r := compileRule(t, `inGroup("everyone") and any(managers, # == "bob@x.com") and title matches "^Head"`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				f := ann()
				want := rand.IntN(2) == 0
				if !want {
					f.Managers = nil
				}
				if got, err := r.Entitled(f); err != nil || got != want {
					t.Errorf("got %v, %v, want %v", got, err, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestPriority(t *testing.T) {
	for text, want := range map[string]int64{
		``:                                    0,
		`10`:                                  10,
		`-3`:                                  -3,
		`2.9`:                                 0 + 2,
		`-2.9`:                                -2,
		`title startsWith "Head" ? 10 : 0`:    10,
		`country == "US" ? 10 : -1`:           -1,
		`title == "x" ? 10 : 0.5`:             0,
		`len(managers) * 100`:                 200,
		`custom["urn:x:User:grade"]`:          7,
		`100 - int(employeeNumber)`:           93,
		`9007199254740992`:                    1 << 53,
		`max(1, inGroup("Everyone") ? 5 : 0)`: 5,
	} {
		t.Run(text, func(t *testing.T) {
			p, err := plan.CompilePriority(text)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := p.Of(ann()); err != nil || got != want {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		})
	}
}

func TestPriorityErrors(t *testing.T) {
	for text, says := range map[string]string{
		`title`:        `a priority is a number`,
		`true`:         `a priority is a number`,
		`priority`:     `unknown name priority`,
		`1 % 0`:        `divide by zero`,
		`now().Unix()`: `function now`,
	} {
		_, err := plan.CompilePriority(text)
		var e *plan.RuleError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", text, err, says)
		}
	}
	for text, says := range map[string]string{
		`1/0`:                          "out of range",
		`0/0`:                          "out of range",
		`9007199254740992.0 * -2`:      "out of range",
		`custom["urn:x:User:none"]`:    "cannot be computed",
		`custom["urn:x:User:site"]`:    "cannot be computed",
		`len(title) % (len(title)-13)`: "cannot be computed",
	} {
		p, err := plan.CompilePriority(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		n, err := p.Of(ann())
		var e *plan.RuleError
		if n != 0 || !errors.As(err, &e) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, %v, want %q", text, n, err, says)
		}
	}
}

func BenchmarkRule(b *testing.B) {
	r, f := compileRule(b, `department == "Sales" and employeeType != "Intern" and inGroup("everyone")`), ann()
	for b.Loop() {
		if ok, err := r.Entitled(f); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
