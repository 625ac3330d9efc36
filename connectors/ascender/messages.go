package ascender

import (
	"fmt"
	"regexp"
	"strconv"
)

// What the portal says, as the vendor publishes it.
const (
	sayNoEmail   = "Email field is required."
	sayWrongType = "Invalid file format. Formats allowed: *xlsx"
)

// The published patterns. The vendor shows a number sign where a number stands.
var (
	mandatoryPattern = regexp.MustCompile(`^Mandatory: (.+)$`)
	seatsPattern     = regexp.MustCompile(`^You have (\d+) Ascender licenses? available and your file contains (\d+) new users?\. Remove (\d+) new users? from your spreadsheet and re-?upload\.$`)
)

// tooFewSeats is what the portal says to a file with more new people than seats are free.
func tooFewSeats(free, people int) string {
	return fmt.Sprintf("You have %d Ascender licenses available and your file contains %d new user. Remove %d new user from your spreadsheet and re-upload.",
		free, people, people-free)
}

// mandatoryMessage is what the portal says to an empty cell.
func mandatoryMessage(column string) string { return "Mandatory: " + column }

// message is something that the portal said, understood.
type message struct {
	known bool
	whole bool // it is about the file, not about a row
	hint  string
}

// understand looks a text up among those that the vendor publishes.
func understand(text string) message {
	switch {
	case text == sayNoEmail:
		return message{true, true, "the file has no column Email: its template is out of date; download it again, bring it with `usher portal learn`, and carry the next file"}
	case text == sayWrongType:
		return message{true, true, "the portal takes .xlsx alone: upload the file as usher wrote it, without saving it in another format"}
	}
	if m := mandatoryPattern.FindStringSubmatch(text); m != nil {
		return message{true, false, m[1] + " is empty: fill it at its source or correct the column for this person; it comes with the next file"}
	}
	if m := seatsPattern.FindStringSubmatch(text); m != nil {
		free, _ := strconv.Atoi(m[1])
		people, _ := strconv.Atoi(m[2])
		return message{true, true, fmt.Sprintf("nothing was taken on: %d people are new to the portal and %d seats are free. "+
			"Correct the number of purchased seats, or look whether somebody whom the portal knows stands in the file under another address", people, free)}
	}
	return message{}
}
