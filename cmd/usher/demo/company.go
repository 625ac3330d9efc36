package demo

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

// companyTable are the people of the company, each of them once.
//
//go:embed company.csv
var companyTable string

// The directories that know the people of the company.
const (
	byOkta   = "okta"   // pushes the head office
	byEntra  = "entra"  // pushes Nordwind, which was bought
	byHR     = "hr"     // a nightly roster of the shops
	byAgency = "agency" // contractors, in files that come when they come
)

// employee is somebody of the company. Days are those of the history: 0 is its first, historyDays today, and more
// is still to come.
type employee struct {
	person
	boss      string // number of the manager, or an address that nobody knows
	directory string
	joins     int
	leaves    int // 0: is not known to leave
	network   bool
	left      bool // as their directory says
}

// staff are the employees by their numbers, and in the order of their table.
type staff struct {
	all      []*employee
	numbered map[string]*employee
}

// newStaff reads the table.
func newStaff() (*staff, error) {
	rows, err := csv.NewReader(strings.NewReader(companyTable)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("company.csv: %w", err)
	}
	s := &staff{numbered: map[string]*employee{}}
	for i, row := range rows[1:] {
		e, err := newEmployee(row)
		if err != nil {
			return nil, fmt.Errorf("company.csv, row %d: %w", i+2, err)
		}
		s.all, s.numbered[e.number] = append(s.all, e), e
	}
	for _, e := range s.all {
		s.reports(e)
	}
	return s, nil
}

func newEmployee(row []string) (*employee, error) {
	joins, err := strconv.Atoi(row[9])
	if err != nil {
		return nil, err
	}
	leaves := 0
	if row[10] != "" {
		if leaves, err = strconv.Atoi(row[10]); err != nil {
			return nil, err
		}
	}
	return &employee{
		person: person{externalID: "00u" + row[0], number: row[0], given: row[1], family: row[2], login: row[3], country: row[4], department: row[5], title: row[6]},
		boss:   row[7], directory: row[8], joins: joins, leaves: leaves, network: row[11] == "yes",
	}, nil
}

// reports writes down whom an employee reports to, as directories say it: by address.
func (s *staff) reports(e *employee) {
	e.manager = e.boss
	if boss := s.numbered[e.boss]; boss != nil {
		e.manager = boss.address()
	}
}

// of are the people of a directory whom it knows on a day, or has known, in the order of the table.
func (s *staff) of(directory string, day int) (list []*employee) {
	for _, e := range s.all {
		if e.directory == directory && e.joins <= day {
			list = append(list, e)
		}
	}
	return list
}

// joining and leaving are those for whom that is the day.
func (s *staff) joining(directory string, day int) (list []*employee) {
	for _, e := range s.all {
		if e.directory == directory && e.joins == day {
			list = append(list, e)
		}
	}
	return list
}

func (s *staff) leaving(directory string, day int) (list []*employee) {
	for _, e := range s.all {
		if e.directory == directory && e.leaves == day {
			list = append(list, e)
		}
	}
	return list
}
