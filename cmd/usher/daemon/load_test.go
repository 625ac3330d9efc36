package daemon_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// loadConfig is the configuration under load: fewer seats than people, at a portal that
// confirms.
const loadConfig = `portals:
  learning: {kind: scim, live: true, pool: hard, teams: true, url: %PORTAL%, allow_private: true, rate: 500}
subscriptions:
  adkar: {portal: learning, seats: 12, settle: 0s, rule: 'department == "Sales"'}
  dev: {portal: learning, seats: 6, settle: 0s, rule: 'inGroup("Pilots") and title != "Head"'}
teams: {by_department: true}
`

// load is a few writers that push people over SCIM, each its own, and remember what was
// acknowledged.
type load struct {
	*site
	group   string
	writers []*writer
}

// writer pushes some people, one request after the other.
type writer struct {
	*load
	name   string
	dice   *rand.Rand
	people []*pushed
	made   int
	acked  int      // answered 2xx
	gone   []string // records whose deletion was acknowledged since verify
}

// pushed is what one record must hold: of each attribute what was acknowledged last, or
// what was sent after that without an answer.
type pushed struct {
	userName string
	id       string // empty while nobody knows whether the create worked
	values   map[string][]any
	leaving  bool // a deletion was sent
}

const (
	writers = 6
	// perWriter bounds a writer's people, so that there are changes and not only creates.
	perWriter = 8
)

// newLoad pushes the group and prepares writers whose people are named after name.
func newLoad(s *site, p *child, name string, seed uint64) *load {
	s.Helper()
	l := &load{site: s}
	got, err := s.send(p, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Pilots"}`)
	if err != nil || got.status != http.StatusCreated {
		s.Fatalf("create group: %v %d %s", err, got.status, got.text)
	}
	l.group = got.id()
	for i := range writers {
		l.writers = append(l.writers, &writer{load: l, name: fmt.Sprint(name, i), dice: rand.New(rand.NewPCG(seed, uint64(i)))})
	}
	return l
}

// run has all writers write to p until stop is closed or p is gone.
func (l *load) run(p *child, stop <-chan struct{}) *sync.WaitGroup {
	var wg sync.WaitGroup
	for _, w := range l.writers {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := w.write(p); err != nil {
					return
				}
			}
		})
	}
	return &wg
}

// write sends one request; the error is of the road.
func (w *writer) write(p *child) error {
	if len(w.people) < perWriter && w.dice.IntN(3) == 0 || len(w.people) == 0 {
		return w.create(p)
	}
	one := w.people[w.dice.IntN(len(w.people))]
	switch w.dice.IntN(10) {
	case 0, 1:
		return w.member(p, one)
	case 2:
		return w.delete(p, one)
	case 3, 4, 5:
		return w.patch(p, one, "active", w.dice.IntN(3) > 0)
	case 6:
		return w.patch(p, one, "title", []string{"Head", "Hand"}[w.dice.IntN(2)])
	}
	w.made++
	return w.patch(p, one, "displayName", fmt.Sprint("v", w.made))
}

func (w *writer) create(p *child) error {
	w.made++
	one := &pushed{userName: fmt.Sprintf("%s.%d@example.com", w.name, w.made), values: map[string][]any{
		"active": {true}, "displayName": {"v0"}, "title": {nil}, "member": {false},
	}}
	w.people = append(w.people, one)
	got, err := w.send(p, "POST", "/Users", userBody(one.userName, "Sales"))
	if err != nil {
		return err
	}
	w.accept(got, http.StatusCreated)
	one.id = got.id()
	return nil
}

// say notes a value as sent, and as the only one once it is acknowledged.
func (w *writer) say(one *pushed, attribute string, value any, send func() (reply, error)) error {
	one.values[attribute] = append(one.values[attribute], value)
	got, err := send()
	if err != nil {
		return err
	}
	w.accept(got, http.StatusOK, http.StatusNoContent)
	one.values[attribute] = []any{value}
	return nil
}

func (w *writer) patch(p *child, one *pushed, attribute string, value any) error {
	return w.say(one, attribute, value, func() (reply, error) {
		return w.send(p, "PATCH", "/Users/"+one.id, replace(attribute, value))
	})
}

func (w *writer) member(p *child, one *pushed) error {
	add := w.dice.IntN(2) == 0
	op := fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, one.id)
	if !add {
		op = fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, one.id)
	}
	return w.say(one, "member", add, func() (reply, error) {
		return w.send(p, "PATCH", "/Groups/"+w.group, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+op+`]}`)
	})
}

// delete removes a record for good.
func (w *writer) delete(p *child, one *pushed) error {
	one.leaving = true
	got, err := w.send(p, "DELETE", "/Users/"+one.id, "")
	if err != nil {
		return err
	}
	w.accept(got, http.StatusNoContent)
	w.people = slices.DeleteFunc(w.people, func(o *pushed) bool { return o == one })
	w.gone = append(w.gone, one.id)
	return nil
}

func (w *writer) accept(got reply, statuses ...int) {
	if !slices.Contains(statuses, got.status) {
		w.Errorf("answered %d: %.300s", got.status, got.text)
	}
	w.acked++
}

// verify reads every record back and fails for each acknowledged write that is not
// there. What is there is taken for acknowledged from then on.
func (l *load) verify(p *child) {
	l.Helper()
	for _, w := range l.writers {
		w.people = slices.DeleteFunc(w.people, func(one *pushed) bool { return !w.find(p, one) })
		for _, id := range w.gone {
			if got, err := w.send(p, "GET", "/Users/"+id, ""); err != nil || got.status != http.StatusNotFound {
				w.Errorf("lost: a deletion: %v %d", err, got.status)
			}
		}
		w.gone = nil
	}
}

// find compares one record; false says that it is not there, and need not be.
func (w *writer) find(p *child, one *pushed) bool {
	w.Helper()
	record := w.read(p, one)
	if record == nil {
		if one.id != "" && !one.leaving {
			w.Errorf("lost: the record of %s", one.userName)
		}
		return false
	}
	one.id, one.leaving = record["id"].(string), false
	groups, _ := record["groups"].([]any)
	record["member"] = len(groups) > 0
	for _, attribute := range slices.Sorted(maps.Keys(one.values)) {
		if !slices.Contains(one.values[attribute], record[attribute]) {
			w.Errorf("lost: %s of %s is %v, want one of %v", attribute, one.userName, record[attribute], one.values[attribute])
		}
		one.values[attribute] = []any{record[attribute]}
	}
	return true
}

// read is a record as usher shows it; nil for none.
func (w *writer) read(p *child, one *pushed) map[string]any {
	w.Helper()
	path := "/Users/" + one.id
	if one.id == "" {
		path = "/Users?filter=" + url.QueryEscape(fmt.Sprintf("userName eq %q", one.userName))
	}
	got, err := w.send(p, "GET", path, "")
	if err != nil || got.status != http.StatusOK && got.status != http.StatusNotFound {
		w.Fatalf("read %s: %v %d %.300s", path, err, got.status, got.text)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(got.text), &body); err != nil {
		w.Fatal(err)
	}
	if one.id == "" {
		list, _ := body["Resources"].([]any)
		if len(list) == 0 {
			return nil
		}
		body, _ = list[0].(map[string]any)
	} else if got.status == http.StatusNotFound {
		return nil
	}
	return body
}

// acked is how many writes were answered.
func (l *load) acked() (n int) {
	for _, w := range l.writers {
		n += w.acked
	}
	return n
}
