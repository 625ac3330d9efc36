package pluralsightportal

import "strings"

// validate tells the records that can be carried out from those that are reported. It takes
// no care of quotation marks, since the vendor warns that they break files.
func (p *Portal) validate(run, body string) (good [][]string, errors []any) {
	lines := strings.Split(strings.TrimRight(body, "\n"), "\n")
	if lines[0] != "id,email,first_name,last_name" {
		return nil, []any{map[string]any{"message": "required headers are missing"}}
	}
	ids, emails, free := map[string]bool{}, map[string]bool{}, p.free()
	for _, line := range lines[1:] {
		cells := strings.Split(line, ",")
		problem := ""
		switch {
		case len(cells) != 4:
			problem = "the record could not be parsed"
		case cells[0] == "" || cells[1] == "":
			problem = "id and email are required"
		case ids[cells[0]] || emails[strings.ToLower(cells[1])] || run == "provision" && p.otherHas(cells[0], cells[1]):
			problem = "id and email must be unique"
		case run == "deprovision" && p.options.Strict && !p.in(cells[0]):
			problem = "User not found in plan"
		case run == "provision" && p.options.Seats > 0 && !p.in(cells[0]) && free <= 0:
			problem = "Insufficient licenses available"
		}
		if problem != "" {
			errors = append(errors, map[string]any{"id": cells[0], "message": problem})
			continue
		}
		if !p.in(cells[0]) {
			free--
		}
		ids[cells[0]], emails[strings.ToLower(cells[1])] = true, true
		good = append(good, cells)
	}
	return good, errors
}

// in says whether somebody is in the plan.
func (p *Portal) in(id string) bool { return p.people[id] != nil && p.people[id].Active }

// free is how many more can be in the plan.
func (p *Portal) free() int {
	n := p.options.Seats
	for id := range p.people {
		if p.in(id) {
			n--
		}
	}
	return n
}

// otherHas says whether somebody else in the plan has an address.
func (p *Portal) otherHas(id, email string) bool {
	for _, person := range p.people {
		if person.ID != id && person.Active && strings.EqualFold(person.Email, email) {
			return true
		}
	}
	return false
}
