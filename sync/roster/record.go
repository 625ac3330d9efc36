package roster

import (
	"slices"
	"strings"
	"time"

	"usher/internal/usher"
)

// record is what the row says, and notes what is amiss with it.
func (x *rowReading) record() usher.Record {
	x.require()
	v := &x.values
	a := usher.Attributes{
		UserName: x.loginName(), ExternalID: x.out.Key, EmployeeNumber: v[employeeNumber],
		DisplayName: v[displayName], GivenName: v[givenName], FamilyName: v[familyName],
		Title: v[title], Department: v[department], Division: v[division], Organization: v[organization],
		CostCenter: v[costCenter], Country: v[country], EmployeeType: v[employeeType],
		Emails: x.emails(), Manager: x.managerKey(), TimeZone: x.zoneName(), Custom: x.customs(),
	}
	means := x.employment()
	a.Active, a.OnLeave = means != left, means == onLeave
	a.Starts, a.Ends = x.term(means)
	if !x.o.Documents {
		return usher.Record{Attributes: a}
	}
	return usher.Record{Document: document(a), Attributes: a, Values: valuesOf(a)}
}

func (x *rowReading) require() {
	for _, a := range x.required {
		if x.values[a] == "" {
			x.about(a, fieldRequired, usher.SeverityError, "is empty; fill it in")
			if a.isAddress() {
				x.profile.addresses[a].bad++
			}
		}
	}
}

// loginName is the name that SCIM requires of everybody.
func (x *rowReading) loginName() string {
	for _, a := range []attribute{userName, upn, email} {
		if v := x.values[a]; v != "" {
			return v
		}
	}
	return x.out.Key
}

// emails are the main address and the aliases, each once. A UPN that is not the login name finds the person too.
func (x *rowReading) emails() []usher.Email {
	var out []usher.Email
	add := func(value, kind string) {
		if value != "" && !slices.ContainsFunc(out, func(e usher.Email) bool { return e.Value == value }) {
			out = append(out, usher.Email{Value: value, Type: kind, Primary: kind == "work"})
		}
	}
	add(x.values[email], "work")
	if x.values[userName] != "" && x.values[upn] != x.values[userName] {
		add(x.values[upn], "other")
	}
	for _, v := range strings.FieldsFunc(x.values[alias], func(r rune) bool { return strings.ContainsRune(",; \n\t", r) }) {
		if _, err := usher.FoldAddress(v); err != nil {
			x.find(x.bound[alias].column, emailInvalid, usher.SeverityWarning, v, err.Error()+"; this alias is left out")
			continue
		}
		add(v, "other")
	}
	return out
}

// managerKey is the reference to the manager in the form in which keys are kept.
func (x *rowReading) managerKey() string {
	x.hashes.buffer = appendReference(x.hashes.buffer[:0], x.values[manager])
	return string(x.hashes.buffer)
}

func (x *rowReading) zoneName() string {
	name := x.values[zone]
	if name == "" {
		return ""
	}
	fine, asked := x.zones[name]
	if !asked {
		_, err := time.LoadLocation(name)
		fine = err == nil && strings.Contains(name, "/") || name == "UTC"
		x.zones[name] = fine
	}
	if !fine {
		x.about(zone, zoneUnknown, usher.SeverityWarning, "is no time zone and left out; write one as Europe/Vienna")
		return ""
	}
	return name
}

// customs are the attributes of one's own, by the names that the mapping gives them.
func (x *rowReading) customs() map[string]any {
	var out map[string]any
	for i, c := range x.custom {
		if v := x.value(x.own[i]); v != "" {
			if out == nil {
				out = map[string]any{}
			}
			out[c.name] = v
		}
	}
	return out
}

// employment is what the status says. Without a column for it, whoever is in the file is employed.
func (x *rowReading) employment() employment {
	if x.sources[status].absent() {
		return employed
	}
	means, found := x.words.means(x.values[status])
	if !found {
		x.profile.status.bad++
		x.about(status, statusUnknown, usher.SeverityError, "is none of the words known for active, left and leave; mend the cell, or add the word to the list where it belongs")
		return employed
	}
	return means
}

// term is the first and the last day.
func (x *rowReading) term(means employment) (first, last string) {
	first, last = x.day(starts), x.day(ends)
	if first >= openDate {
		x.badDate(starts, dateInvalid, "is no day that somebody starts on")
		first = ""
	}
	if last >= openDate {
		last = "" // open
	}
	if last != "" && last < first {
		x.badDate(ends, dateOrder, "is before the first day; mend one of them")
	}
	if x.o.Today != "" {
		if first > x.o.Today && means != left {
			x.about(starts, personNotStarted, usher.SeverityInfo, "is to come; seats are given from then on")
		}
		if last != "" && last < x.o.Today && means != left && !x.sources[status].absent() {
			x.profile.ended.bad++
		}
	}
	return first, last
}

func (x *rowReading) day(a attribute) string {
	if x.values[a] == "" {
		return ""
	}
	iso, code, why := x.dates.date(x.values[a])
	switch code {
	case "":
	case dateSerial:
		x.about(a, code, usher.SeverityWarning, why)
	default:
		x.badDate(a, code, why)
	}
	return iso
}

func (x *rowReading) badDate(a attribute, code, why string) {
	x.profile.dates[a].bad++
	x.about(a, code, usher.SeverityError, why)
}
