package prosciportal

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"usher/internal/table"
)

// Do works through one row of a list of tasks, by its number, as a person does who reads what
// the row says and nothing else. An error is what the person would report back.
func (p *Portal) Do(tasks []byte, row int) error {
	cells, err := read(tasks, row)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.find(cells["address there"])
	action := cells["task"]
	if action == "add as Admin" {
		if q == nil {
			q = p.add(cells["first name"], cells["last name"], cells["address there"])
		}
		q.admin = cells["customer type"] == "Admin"
		return nil
	}
	if q == nil {
		return fmt.Errorf("%s: no profile with this address", action)
	}
	switch action {
	case "delete profile":
		p.remove(q)
	case "make Admin", "make User":
		q.admin = cells["customer type"] == "Admin"
	case "edit profile":
		return p.edit(q, cells)
	case "check profile":
	default:
		return fmt.Errorf("nobody can do %q", action)
	}
	return nil
}

// edit changes what a row says of a profile. Nobody gets a mail for that.
func (p *Portal) edit(q *profile, cells map[string]string) error {
	if address := cells["new address"]; address != "" {
		if other := p.find(address); other != nil && other != q {
			return errors.New("edit profile: somebody has this address already")
		}
		delete(p.byKey, key(q.address))
		q.address, p.byKey[key(address)] = address, q
	}
	if cells["first name"] != "" {
		q.first = cells["first name"]
	}
	if cells["last name"] != "" {
		q.last = cells["last name"]
	}
	return nil
}

// read is one row of a list, by heading.
func read(tasks []byte, number int) (map[string]string, error) {
	sheet, err := table.Open(bytes.NewReader(tasks), int64(len(tasks)), table.ReadOptions{FromPeople: true})
	if err != nil {
		return nil, err
	}
	for row, err := range sheet.Rows {
		if err != nil {
			return nil, err
		}
		cells := map[string]string{}
		for i, heading := range sheet.Header {
			cells[heading] = row.Cells[i]
		}
		if cells["row"] == strconv.Itoa(number) {
			return cells, nil
		}
	}
	return nil, fmt.Errorf("the list has no row %d", number)
}
