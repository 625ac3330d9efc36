package pluralsightportal

import "net/http"

// Fault is what goes wrong with one file. The zero value is nothing.
type Fault struct {
	// Status answers instead of the portal; RetryAfter is sent with it.
	Status     int
	RetryAfter string
	// Body is what is answered, with ContentType; its Status is 200 where none is given.
	Body        string
	ContentType string
	// Drop closes the connection without an answer.
	Drop bool
	// Effect lets the file take effect although it is answered by the fault.
	Effect bool
}

// Fail has the next n files for real meet a fault; FailDry those of dry runs.
func (p *Portal) Fail(n int, f Fault) { p.add(&p.faults, n, f) }

// FailDry has the next n dry runs meet a fault.
func (p *Portal) FailDry(n int, f Fault) { p.add(&p.dry, n, f) }

func (p *Portal) add(list *[]Fault, n int, f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range n {
		*list = append(*list, f)
	}
}

// next takes the fault of a file off its list.
func (p *Portal) next(dry bool) Fault {
	list := &p.faults
	if dry {
		list = &p.dry
	}
	if len(*list) == 0 {
		return Fault{}
	}
	f := (*list)[0]
	*list = (*list)[1:]
	return f
}

// instead says whether the fault answers in the portal's place.
func (f Fault) instead() bool { return f.Status != 0 || f.Drop || f.Body != "" }

// send answers as the fault wants it.
func (f Fault) send(w http.ResponseWriter) {
	if f.Drop {
		panic(http.ErrAbortHandler)
	}
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.ContentType != "" {
		w.Header().Set("Content-Type", f.ContentType)
	}
	if f.Status != 0 {
		w.WriteHeader(f.Status)
	}
	_, _ = w.Write([]byte(f.Body)) // who is gone does not read
}
