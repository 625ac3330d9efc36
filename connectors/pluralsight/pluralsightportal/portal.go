// Package pluralsightportal is a small plan at a service with Pluralsight's interface, kept
// in memory, for tests: a real HTTP server that follows what the vendor publishes, with
// faults on demand. It shares no code with what it tests.
//
// Published are the two calls, signing in, headers, the parameters with their defaults, what
// is required of a record, and three answers. What is assumed is an option, off or harmless
// when left out.
package pluralsightportal

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Options shape a plan.
type Options struct {
	// Key must come as bearer token, or as the password of user "pluralsight".
	Key string

	// Assumed, since the vendor does not say:

	// Seats is how many people can be in the plan; 0 means no limit. Whoever is beyond is
	// dropped and reported as other bad records are.
	Seats int
	// Names has objections name the record that they are about.
	Names bool
	// Strict objects to the removal of somebody who is not in the plan.
	Strict bool
	// ObjectStatus is the HTTP status of objections; 0 means 200.
	ObjectStatus int
	// Late shows objections that a run for real came upon at /provision/results alone, and
	// "Processing" there for so many looks.
	Late  bool
	Looks int
}

// Person is somebody whom the plan knows. Removal keeps the account.
type Person struct {
	ID, Email, First, Last string
	Active                 bool
	Products               []int // sorted
}

// Portal is the server. All methods may be called at any time from anywhere.
type Portal struct {
	mu      sync.Mutex
	options Options
	people  map[string]*Person
	faults  []Fault
	dry     []Fault
	files   int
	written int
	result  map[string]any
	looks   int
}

// New makes an empty plan.
func New(o Options) *Portal {
	if o.ObjectStatus == 0 {
		o.ObjectStatus = http.StatusOK
	}
	return &Portal{options: o, people: map[string]*Person{}}
}

// SetSeats changes how many people can be in the plan.
func (p *Portal) SetSeats(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.options.Seats = n
}

// Files is how many files came for real, and Records how many records were in them.
func (p *Portal) Files() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.files
}

// Records is how many records came for real.
func (p *Portal) Records() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.written
}

// People are all whom the plan knows, by id.
func (p *Portal) People() []Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Person
	for _, id := range slices.Sorted(maps.Keys(p.people)) {
		person := *p.people[id]
		person.Products = slices.Clone(person.Products)
		out = append(out, person)
	}
	return out
}

// ServeHTTP implements http.Handler.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 8<<20))
	if err != nil {
		return // who is gone reads no answer
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	run, looks := strings.CutSuffix(strings.Trim(r.URL.Path, "/"), "/results")
	switch {
	case !p.admits(r):
		say(w, http.StatusUnauthorized, map[string]any{"message": "Unauthorized"})
	case run != "provision" && run != "deprovision", looks && !p.options.Late:
		say(w, http.StatusNotFound, map[string]any{"message": "Not Found"})
	case looks:
		p.look(w)
	case r.Method != http.MethodPost:
		say(w, http.StatusMethodNotAllowed, map[string]any{"message": "Method Not Allowed"})
	default:
		p.receive(w, r, run, string(body))
	}
}

// admits says whether a request signs in, in one of the two ways.
func (p *Portal) admits(r *http.Request) bool {
	user, password, basic := r.BasicAuth()
	if basic {
		return user == "pluralsight" && password == p.options.Key
	}
	return r.Header.Get("Authorization") == "Bearer "+p.options.Key
}

// receive takes one file.
func (p *Portal) receive(w http.ResponseWriter, r *http.Request, run, body string) {
	query := r.URL.Query()
	dry := query.Get("dryRun") != "false"
	fault := p.next(dry)
	if !fault.instead() || fault.Effect {
		reply := p.process(r, run, body, dry, query.Get("exitOnError") == "true", query.Get("productIds"))
		if !fault.instead() {
			say(w, reply.code, reply.body)
			return
		}
	}
	fault.send(w)
}

// reply is an answer.
type reply struct {
	code int
	body map[string]any
}

// process carries a file out, or only looks at it.
func (p *Portal) process(r *http.Request, run, body string, dry, strict bool, products string) reply {
	if r.Header.Get("Content-Type") != "text/csv" || r.Header.Get("Content-Disposition") != `attachment; filename="`+run+`.csv"` || body == "" {
		return reply{http.StatusBadRequest, map[string]any{"status": "No files"}}
	}
	good, errors := p.validate(run, body)
	if !dry {
		p.files++
		p.written += strings.Count(body, "\n") - 1
		if len(errors) == 0 || !strict {
			p.carryOut(run, good, products)
		}
	}
	answer := map[string]any{"status": "Processing"}
	if len(errors) > 0 {
		answer = map[string]any{"status": "Validation Completed With Errors"}
		if p.options.Names {
			answer["errors"] = errors
		}
	}
	if p.options.Late && !dry {
		p.result, p.looks = answer, p.options.Looks
		return reply{http.StatusOK, map[string]any{"status": "Processing"}}
	}
	if len(errors) > 0 {
		return reply{p.options.ObjectStatus, answer}
	}
	return reply{http.StatusOK, answer}
}

// look shows what the latest run came to.
func (p *Portal) look(w http.ResponseWriter) {
	if p.looks > 0 {
		p.looks--
		say(w, http.StatusOK, map[string]any{"status": "Processing"})
		return
	}
	result := p.result
	if result["status"] == "Processing" {
		result = map[string]any{"status": "Completed"}
	}
	say(w, http.StatusOK, result)
}

// carryOut brings what a file says into the plan.
func (p *Portal) carryOut(run string, records [][]string, products string) {
	for _, r := range records {
		person := p.people[r[0]]
		if run == "deprovision" {
			if person != nil {
				person.Active, person.Products = false, nil
			}
			continue
		}
		if person == nil {
			person = &Person{ID: r[0]}
			p.people[r[0]] = person
		}
		person.Email, person.First, person.Last, person.Active = r[1], r[2], r[3], true
		for id := range strings.SplitSeq(products, ",") {
			if n, err := strconv.Atoi(id); err == nil && !slices.Contains(person.Products, n) {
				person.Products = append(person.Products, n)
			}
		}
		slices.Sort(person.Products)
	}
}

func say(w http.ResponseWriter, code int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // who is gone does not read
}
