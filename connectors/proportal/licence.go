package proportal

import (
	"slices"

	"usher/internal/usher"
)

// myACI reads the licences of an account: who is active or pending has the user licence, and
// the content licences are listed. A content licence outlives the user licence, and is taken
// until it is removed as well: such an account counts as active.
func (e *export) myACI(s *usher.Seen, cells []string) []usher.Finding {
	e.role(s, cells)
	if len(e.options.Subscriptions) == 0 || s.Active && e.at.licences < 0 && e.hasContent() {
		return nil
	}
	s.Subscriptions = []string{}
	if name, ok := e.licence(userCode); ok && s.Active {
		s.Subscriptions = append(s.Subscriptions, name)
	}
	var findings []usher.Finding
	for _, code := range e.list(cells, e.at.licences) {
		name, ok := e.licence(code)
		switch {
		case isUser(code):
		case ok:
			s.Subscriptions, s.Active = append(s.Subscriptions, name), true
		default:
			findings = append(findings, usher.Finding{Column: e.sheet.Header[e.at.licences], Code: "export.licence", Severity: usher.SeverityInfo, Value: code,
				Text: "no subscription has this code, and the licence is left alone; add one to the configuration if it is to be kept in line"})
		}
	}
	slices.Sort(s.Subscriptions)
	s.Subscriptions = slices.Compact(s.Subscriptions)
	return findings
}

// role reads whether an account is a full admin.
func (e *export) role(s *usher.Seen, cells []string) {
	if word := clean(cell(cells, e.at.access)); word != "" {
		admin := e.words.admin(word)
		s.Admin = &admin
	}
}

// hasContent says that a content licence is configured.
func (e *export) hasContent() bool {
	for code := range e.options.Subscriptions {
		if !isUser(code) {
			return true
		}
	}
	return false
}

// licence is the name of the subscription that the portal calls code.
func (e *export) licence(code string) (string, bool) {
	for other, name := range e.options.Subscriptions {
		if isUser(code) && isUser(other) || same(code, other) {
			return name, true
		}
	}
	return "", false
}
