package prosci

import (
	"errors"
	"slices"
)

// notAsked refuses the form of the batch upload as a report: filled, it says what was asked for, and would
// confirm itself. Both have names, addresses and tools; dates of graduation and of the end of access
// are the form's, a customer type and a last login the report's. A file with none of the latter cannot be
// told from the form, whoever saved it last.
func (p *Portal) notAsked(header []string) error {
	has := func(r role) bool {
		return slices.ContainsFunc(header, func(heading string) bool { return roleOf(heading) == r })
	}
	form := has(roleFirst) && has(roleLast) && has(roleEmail) && has(roleTool) && (has(roleGraduation) || has(roleExpires))
	if !form || p.shows(header, "access") || p.shows(header, "lastLogin") {
		return nil
	}
	return errors.New("this is a batch upload template, filled or not: it says what is asked for, not what is there; export the report of users at the portal. " +
		"If it is a report, have it show Customer Type or Last Login as well, which no template has")
}

// shows says that a report has the column of a key.
func (p *Portal) shows(header []string, key string) bool {
	names := exportNames[key]
	if given := p.options.Export[key]; given != "" {
		names = []string{given}
	}
	at, err := find(header, names)
	return err != nil || at >= 0
}
