package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher/internal/usher"
)

// clockTime is a time of day such as 09:00.
var clockTime = regexp.MustCompile(`^([01]?[0-9]|2[0-3]):([0-5][0-9])$`)

// Words is the cron expression of days and a time in words, such as "weekdays 09:00", "daily
// 7:30" or "mon, thu 14:00". Its errors are usher.InvalidError.
func Words(text string) (expression string, err error) {
	words := strings.Fields(strings.ToLower(text))
	if len(words) < 2 {
		return "", noDays(text, "")
	}
	at := clockTime.FindStringSubmatch(words[len(words)-1])
	if at == nil {
		return "", noDays(text, "the time is missing; ")
	}
	days, err := daysOf(strings.Join(words[:len(words)-1], ""))
	if err != nil {
		return "", noDays(text, err.Error()+"; ")
	}
	// The minute and the hour of a cron expression have no leading zero.
	return fmt.Sprintf("%s %s * * %s", bare(at[2]), bare(at[1]), days), nil
}

func bare(digits string) string {
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return "0"
	}
	return digits
}

func noDays(text, why string) error {
	return &usher.InvalidError{Attribute: "visit", Problem: fmt.Sprintf("%.60q: %swrite days and a time, such as weekdays 09:00, daily 07:30 or mon,thu 14:00", text, why)}
}

// daysOf are the days of a week in the way of cron.
func daysOf(text string) (string, error) {
	switch text {
	case "weekdays":
		return "1-5", nil
	case "daily":
		return "*", nil
	}
	week := []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	var days []string
	for day := range strings.SplitSeq(text, ",") {
		i := slices.IndexFunc(week, func(name string) bool { return day == name[:3] || day == name || day == name+"s" })
		if i < 0 {
			return "", errors.New("no such days")
		}
		days = append(days, strconv.Itoa(i))
	}
	return strings.Join(days, ","), nil
}

// ParseIn is Parse for a zone that is at hand, such as the one of the server.
func ParseIn(expression string, zone *time.Location) (Schedule, error) {
	s, err := Parse(expression, "UTC")
	s.zone = zone
	return s, err
}

// NextTime is the instant at which the first slot after another instant is due.
func (s Schedule) NextTime(after time.Time) time.Time { return s.Next(usher.TimeOf(after)).DueAt.Std() }
