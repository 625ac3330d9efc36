package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// example ends the errors about expressions.
const example = `write minute, hour, day of month, month and day of week, such as "30 2 * * 1-5" for 02:30 from Monday to Friday`

// longest is the longest expression; a list of all minutes has 170 characters.
const longest = 300

// parse reads an expression whose fields are separated by single spaces.
func parse(text string) (cron.Schedule, error) {
	switch {
	case text == "":
		return nil, errors.New("it is empty; " + example)
	case len(text) > longest:
		return nil, fmt.Errorf("it has more than %d characters; "+example, longest)
	case strings.Contains(text, "="):
		return nil, errors.New("a time zone does not belong in the expression; give it as the zone")
	case strings.HasPrefix(text, "@every"):
		return nil, errors.New("an interval has no place on the clock; " + example)
	case strings.HasPrefix(text, "@"):
		return ask(text)
	}
	fields := strings.Split(text, " ")
	switch len(fields) {
	case 5:
	case 6, 7:
		return nil, fmt.Errorf("it has %d fields instead of 5; leave out those of the seconds and the year, and "+example, len(fields))
	default:
		return nil, fmt.Errorf("it has %d fields instead of 5; "+example, len(fields))
	}
	for i, f := range fields {
		if strings.Contains(","+f+",", ",,") {
			return nil, fmt.Errorf("field %d is %q, a list with an empty place; take out the comma that is too many", i+1, f)
		}
	}
	fields[4] = sundays(fields[4])
	return ask(strings.Join(fields, " "))
}

// sundays writes a Sunday at the end of the week as the library has it, at the beginning.
func sundays(field string) string {
	days := strings.Split(strings.ToLower(field), ",")
	for i, day := range days {
		from, to, isRange := strings.Cut(day, "-")
		switch {
		case day == "7":
			days[i] = "0"
		case !isRange || to != "7" && to != "sun":
		case from == "7" || from == "sun":
			days[i] = "0"
		case from == "0":
			days[i] = "0-6"
		default:
			days[i] = from + "-6,0"
		}
	}
	return strings.Join(days, ",")
}

// ask has the library read an expression. It panics on some, and takes some whose time
// never comes.
func ask(text string) (s cron.Schedule, err error) {
	defer func() {
		if recover() != nil {
			s, err = nil, errors.New("it is no cron expression; "+example)
		}
	}()
	s, err = cron.ParseStandard(text)
	if err != nil {
		return nil, fmt.Errorf("%w; %s", err, example)
	}
	// From a leap year on, so that a 29 February is within its reach.
	if s.Next(time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, errors.New("no month has such a day; take a day that comes, such as 28 for one that every month has")
	}
	return s, nil
}

func parseZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("it names no place; write an IANA time zone such as Europe/Berlin, or UTC")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, errors.New("there is no such time zone; write an IANA name such as Europe/Berlin, or UTC")
	}
	return zone, nil
}
