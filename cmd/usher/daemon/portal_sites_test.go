package daemon_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/connectors/ascender/ascenderportal"
	"usher/connectors/proportal/fakeportal"
	"usher/connectors/prosci/prosciportal"
	"usher/internal/table"
	"usher/internal/usher"
)

// stand is a portal that takes files, and whoever works there.
type stand interface {
	// template is what the admin downloads; nil where nothing is filled.
	template() ([]byte, error)
	// carry does what a file or a list asks for, as a person does who trusts it.
	carry(name string, kind usher.BatchKind, content []byte) error
	// come has everybody sign in who may.
	come() error
	// export is the portal's list of its people, and what its file ends with.
	export() (content []byte, extension string, err error)
	// seated are the addresses that take a seat, in lower case, sorted.
	seated() []string
	// twice are those who were invited twice.
	twice() []string
}

// prosciSite is a Prosci Portal with one tool.
type prosciSite struct{ *prosciportal.Portal }

const proxima = "P410"

func newProsciSite() prosciSite {
	return prosciSite{prosciportal.New("lic.admin@example.com", prosciportal.Tool{Code: proxima, Name: "Proxima", Purchased: 2})}
}

func (s prosciSite) template() ([]byte, error) { return s.Template(proxima) }

func (s prosciSite) carry(name string, kind usher.BatchKind, content []byte) error {
	if kind == usher.BatchUpload {
		result, err := s.Upload(name, content)
		if err == nil && (result.Recased > 0 || result.Strangers > 0) {
			err = fmt.Errorf("the upload did %+v", result)
		}
		return err
	}
	return eachRow(content, func(row int) error { return s.Do(content, row) })
}

// eachRow calls f for each row of a list of tasks, by its number.
func eachRow(list []byte, f func(row int) error) error {
	for row := range strings.Count(strings.TrimSpace(string(list)), "\n") {
		if err := f(row + 1); err != nil {
			return err
		}
	}
	return nil
}

func (s prosciSite) come() error { return nil } // a profile has its tools without anybody coming

func (s prosciSite) export() ([]byte, string, error) { return s.Export(), ".csv", nil }

// seated asks by address: the portal shows no list but its report.
func (s prosciSite) seated() (in []string) {
	for line := range strings.Lines(string(s.Export())) {
		cells := strings.Split(line, ",")
		if s.Holds(cells[2])[proxima] {
			in = append(in, strings.ToLower(cells[2]))
		}
	}
	slices.Sort(in)
	return in
}

func (s prosciSite) twice() []string { return s.MailedTwice() }

// ascenderSite is an Ascender with two seats.
type ascenderSite struct{ *ascenderportal.Portal }

func newAscenderSite() ascenderSite {
	return ascenderSite{ascenderportal.New(ascenderportal.Options{
		Purchased: 2, Lists: map[string][]string{"Functional Area": {"Sales Team", "Marketing Team"}},
		Who: func(address string) string {
			return strings.FieldsFunc(address, func(r rune) bool { return r == '.' || r == '@' })[0]
		},
	})}
}

func (s ascenderSite) template() ([]byte, error) { return s.Template() }

func (s ascenderSite) carry(_ string, kind usher.BatchKind, content []byte) error {
	if kind == usher.BatchUpload {
		review, err := s.Upload(content)
		if err == nil && len(review.Errors) > 0 {
			err = fmt.Errorf("the review says %+v", review.Errors)
		}
		return err
	}
	tasks, err := ascenderportal.Tasks(content)
	for i := 0; err == nil && i < len(tasks); i++ {
		err = s.Do(tasks[i])
	}
	return err
}

func (s ascenderSite) come() error {
	for _, u := range s.Users() {
		if u.Seated() {
			if err := s.Login(u.Email); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s ascenderSite) export() ([]byte, string, error) {
	content, err := s.Export(table.XLSX)
	return content, ".xlsx", err
}

func (s ascenderSite) seated() (in []string) {
	for _, u := range s.Users() {
		if u.Seated() {
			in = append(in, strings.ToLower(u.Email))
		}
	}
	slices.Sort(in)
	return in
}

func (s ascenderSite) twice() (who []string) {
	for name, accounts := range s.Invitations() {
		if accounts > 1 {
			who = append(who, name)
		}
	}
	return who
}

// area is what the portal has as somebody's Functional Area.
func (s ascenderSite) area(address string) string {
	for _, u := range s.Users() {
		if strings.EqualFold(u.Email, address) {
			return u.Values["Functional Area"]
		}
	}
	return ""
}

// teamSite is a ProPortal or a myACI.
type teamSite struct {
	*fakeportal.Portal
	pool string // in which a seat lets somebody in
}

func (s teamSite) template() ([]byte, error) { return nil, nil }

// carry works a list through. Where a row has to wait for somebody, they come and it is done.
func (s teamSite) carry(_ string, _ usher.BatchKind, content []byte) error {
	tasks, err := fakeportal.Read(content)
	if err != nil {
		return err
	}
	answers, err := s.Work(content, time.Now())
	for i, answer := range answers {
		if refusal, ok := answer.(*fakeportal.Refusal); ok && refusal.Later {
			if err := s.Accept(tasks[i].Email, time.Now()); err != nil {
				return err
			}
			answer = s.Do(tasks[i], time.Now())
		}
		if answer != nil {
			return fmt.Errorf("row %d, %s: %w", i+1, tasks[i].Action, answer)
		}
	}
	return err
}

func (s teamSite) come() error {
	for _, q := range s.People() {
		if q.Status == "Pending" {
			if err := s.Accept(q.Email, time.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s teamSite) export() ([]byte, string, error) { return s.Users(), ".csv", nil }

func (s teamSite) seated() (in []string) {
	for _, q := range s.People() {
		if slices.Contains(q.Pools, s.pool) {
			in = append(in, strings.ToLower(q.Email))
		}
	}
	return in
}

func (s teamSite) twice() []string { return s.Doubles() }

// listSite is a portal that is kept by hand: whether each address is active, and how often it was
// invited.
type listSite map[string]*listed

type listed struct {
	active  bool
	invited int
}

func (s listSite) template() ([]byte, error) { return nil, nil }

func (s listSite) carry(_ string, _ usher.BatchKind, content []byte) error {
	sheet, err := table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{FromPeople: true})
	if err != nil {
		return err
	}
	for row, err := range sheet.Rows {
		if err != nil {
			return err
		}
		action, address := row.Cells[1], row.Cells[3]
		if s[address] == nil {
			s[address] = &listed{}
		}
		s[address].active = action != "release"
		if action == "invite" {
			s[address].invited++
		}
	}
	return nil
}

func (s listSite) come() error { return nil }

func (s listSite) export() ([]byte, string, error) {
	return []byte("Email\n" + strings.Join(s.seated(), "\n") + "\n"), ".csv", nil
}

func (s listSite) seated() (in []string) {
	for address, is := range s {
		if is.active {
			in = append(in, address)
		}
	}
	slices.Sort(in)
	return in
}

func (s listSite) twice() (who []string) {
	for address, is := range s {
		if is.invited > 1 {
			who = append(who, address)
		}
	}
	return who
}
