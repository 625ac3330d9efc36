package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/internal/web"
)

// bearers are so many owners.
type bearers struct {
	web.Roles

	many int
}

func (b bearers) RoleHolders(context.Context) (list []web.RoleHolder, err error) {
	for i := range b.many {
		list = append(list, web.RoleHolder{Person: usher.ID(fmt.Sprint("p", i)), Name: fmt.Sprint("boss ", i), Role: usher.RoleOwner, From: "given by ann"})
	}
	return list, nil
}

func (bearers) SubscriptionNames(context.Context) ([]string, error) { return nil, nil }

// TestRolesInParts: however many people have a role, a page lists fifty, all pages list each of them once, and what leads nowhere is
// an empty page.
func TestRolesInParts(t *testing.T) {
	for many, pages := range map[int]int{0: 1, 50: 1, 51: 2, 120: 3} {
		at, seen := "/roles", map[string]int{}
		for n := 1; at != ""; n++ {
			text := rolesPage(t, many, at)
			for i := range many {
				seen[fmt.Sprint(i)] += strings.Count(text, fmt.Sprintf(`<a href="/people/p%d">`, i))
			}
			_, next, more := strings.Cut(text, `<a href="/roles?from=`)
			if more != (n < pages) || strings.Contains(text, `<a href="/roles">First page</a>`) != (n > 1) {
				t.Fatalf("%d people, page %d of %d:\n%s", many, n, pages, text)
			}
			at = ""
			if from, _, _ := strings.Cut(next, `"`); more {
				at = "/roles?from=" + from
			}
		}
		for who, times := range seen {
			if times != 1 {
				t.Errorf("of %d boss %s is listed %d times", many, who, times)
			}
		}
		for _, wrong := range []string{"999999", "-4", "x"} {
			text := rolesPage(t, many, "/roles?from="+wrong)
			if !strings.Contains(text, "Give a role") || wrong == "999999" && strings.Contains(text, "boss") {
				t.Errorf("from %s:\n%s", wrong, text)
			}
		}
	}
}

func rolesPage(t *testing.T, many int, at string) string {
	t.Helper()
	pages := web.New(web.Options{
		Roles: bearers{many: many}, Now: time.Now, Failed: func(_ *http.Request, err error) { t.Error(err) },
		Who: func(*http.Request) (web.Visitor, error) {
			return web.Visitor{Person: usher.Person{ID: "o"}, By: usher.Principal{Kind: usher.PrincipalPerson, Person: "o", Rights: usher.Rights{Owner: true}}}, nil
		},
	})
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, at, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d", at, w.Code)
	}
	return w.Body.String()
}
