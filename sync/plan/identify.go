package plan

import (
	"fmt"
	"strings"

	"usher/internal/usher"
)

// Identifiers are what can find the person of a record that dir pushed, in the order in which they are trusted:
// external id, employee number (only when dir declares a namespace), UPN (a userName that is an address), e-mails. A
// key comes once, as the most trusted kind. They carry no Person and no Since.
//
// Keys start with the directory (external ids, whose case counts) or with the namespace (employee numbers), and a line
// break, so that two directories never share one; addresses are one space for all. An address that cannot be used is
// left out and named by an error, which wraps usher.ErrAddress and never holds the address. A userName without @ is a
// login name, which finds nobody and is no error.
func Identifiers(dir usher.Directory, rec usher.Record) ([]usher.Identifier, []error) {
	a := rec.Attributes
	var found []usher.Identifier
	var errs []error
	if a.ExternalID != "" {
		key := string(dir.ID) + "\n" + a.ExternalID
		found = append(found, usher.Identifier{Space: usher.SpaceExternal, Kind: usher.KindExternal, Key: key, Shown: a.ExternalID})
	}
	if number := usher.FoldEmployeeNumber(a.EmployeeNumber); number != "" && dir.EmployeeNumbers != "" {
		key := dir.EmployeeNumbers + "\n" + number
		found = append(found, usher.Identifier{Space: usher.SpaceEmployee, Kind: usher.KindEmployee, Key: key, Shown: a.EmployeeNumber})
	}
	seen := map[string]bool{}
	address := func(attribute, value string, kind usher.IdentifierKind) {
		key, err := usher.FoldAddress(value)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", attribute, err))
		case !seen[key]:
			seen[key] = true
			found = append(found, usher.Identifier{Space: usher.SpaceAddress, Kind: kind, Key: key, Shown: value})
		}
	}
	if strings.Contains(a.UserName, "@") {
		address("userName", a.UserName, usher.KindUPN)
	}
	for i, e := range a.Emails {
		if e.Value != "" {
			address(fmt.Sprintf("emails[%d]", i), e.Value, usher.KindEmail)
		}
	}
	return found, errs
}
