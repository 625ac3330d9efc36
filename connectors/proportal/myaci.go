package proportal

import (
	"strings"

	"usher/internal/usher"
)

// userCode is what a subscription is called that stands for the user licence of myACI, with
// which somebody signs in; an empty code means the same. Every other code is a content licence.
const userCode = "user"

// myACISteps bring a person in line at a myACI. Both licences are given and taken by tasks of
// their own, and a content licence only once the person has made the account.
func myACISteps(r *rendering, c usher.AccountChange) []step {
	gives, takes := c.Moves()
	givesUser, givesContent := r.split(gives)
	takesUser, takesContent := r.split(takes)
	steps := r.contents(c, removeContent, takesContent)
	if !c.Desired.Active {
		return append(steps, r.leaveMyACI(c, takesUser, len(steps) > 0)...)
	}
	steps = append(steps, r.userSteps(c, givesUser, takesUser)...)
	steps = append(steps, r.contents(c, assignContent, givesContent)...)
	steps = append(steps, roleSteps(c)...)
	steps = append(steps, r.memberships(c, "")...)
	if c.Seen != nil {
		steps = append(steps, identitySteps(c)...)
	}
	return steps
}

// split tells subscriptions that stand for the user licence from those for content.
func (r *rendering) split(names []string) (user, content []string) {
	for _, name := range names {
		if isUser(r.codes[name]) {
			user = append(user, name)
		} else {
			content = append(content, name)
		}
	}
	return user, content
}

func isUser(code string) bool { return code == "" || strings.EqualFold(code, userCode) }

// contents is one step for each content licence.
func (r *rendering) contents(c usher.AccountChange, a action, names []string) []step {
	var steps []step
	for _, name := range names {
		s := step{change: c, action: a, who: whoIs(c), access: r.codes[name]}
		if a == assignContent {
			s.gives, s.notes = []string{name}, r.later(c)
		} else {
			s.takes, s.notes = []string{name}, held(c, []string{name})
		}
		steps = append(steps, s)
	}
	return steps
}

// leaveMyACI takes the user licence away, and the content licence of somebody of whom nobody
// knows whether they have one.
func (r *rendering) leaveMyACI(c usher.AccountChange, takes []string, content bool) []step {
	var steps []step
	unknown := c.Seen == nil || c.Seen.Active && c.Seen.Subscriptions == nil
	if !content && unknown {
		steps = append(steps, step{change: c, action: removeContent, who: whoIs(c), notes: []string{ifHeld}})
	}
	if len(takes) > 0 || c.Seen == nil || r.enters(*c.Seen) {
		steps = append(steps, step{change: c, action: removeUser, who: whoIs(c), takes: takes, notes: held(c, takes)})
	}
	if administers(c) {
		steps = append(steps, step{change: c, action: removeRole, who: whoIs(c), access: roleUser, notes: []string{bySupport}})
	}
	return steps
}

// userSteps make the account, give it back to somebody whom the portal knows, or take the user
// licence from somebody who stays.
func (r *rendering) userSteps(c usher.AccountChange, gives, takes []string) []step {
	s := step{change: c, who: whoIs(c), gives: gives}
	switch {
	case c.Seen == nil:
		s.action, s.access = addUser, roleUser
		if c.RemoteID != "" || c.ReadBack {
			s.notes = []string{lookFirst}
		}
	case !r.enters(*c.Seen):
		s.action = assignUser
	case len(gives) > 0 && (c.Seen.Subscriptions == nil || len(takes) > 0):
		s.action, s.takes = check, takes // not shown, or shown under another name
		return []step{s}
	case len(gives) > 0:
		s.action = assignUser
	}
	var steps []step
	if len(takes) > 0 {
		steps = append(steps, step{change: c, action: removeUser, who: s.who, takes: takes, notes: held(c, takes)})
	}
	if s.action != "" {
		steps = append(steps, s)
	}
	return steps
}

// enters says that an account has the user licence. One that lost it can still hold a content
// licence, and counts as active for that.
func (r *rendering) enters(s usher.Seen) bool {
	return s.Active && r.words.of(s.Status) != isInactive
}

// roleSteps give and take the role of a full admin, which the vendor's support does. Who
// manages teams there is nobody's business here.
func roleSteps(c usher.AccountChange) []step {
	s := step{change: c, who: whoIs(c), notes: []string{bySupport}}
	switch {
	case c.Desired.Admin && !administers(c):
		s.action, s.access = giveRole, roleAdmin
		if c.Seen != nil && c.Seen.Active && c.Seen.Admin == nil {
			s.notes = append(s.notes, adminFirst)
		}
	case !c.Desired.Admin && administers(c):
		s.action, s.access = removeRole, roleUser
	default:
		return nil
	}
	return []step{s}
}
