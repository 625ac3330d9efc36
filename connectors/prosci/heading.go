package prosci

import (
	"fmt"
	"slices"

	"usher/internal/table"
)

// role is what a column is for.
type role string

// The roles of columns.
const (
	roleOther      role = ""
	roleFirst      role = "First Name"
	roleLast       role = "Last Name"
	roleEmail      role = "Email Address"
	roleGraduation role = "3 day graduation date"
	roleTool       role = "tool"
	roleExpires    role = "Access Expires"
)

// anyTool is the code of a tool column that the portal calls Y/N and nothing else.
const anyTool = "Y/N"

// roleOf tells a column by its heading, in any of the ways in which the vendor writes it.
func roleOf(heading string) role {
	switch table.FoldHeader(heading) {
	case "first name":
		return roleFirst
	case "last name":
		return roleLast
	case "email address", "e-mail address", "email", "e-mail":
		return roleEmail
	case "3 day graduation date", "3 day certified date", "3-day graduation date", "3-day certified date":
		return roleGraduation
	case "access expires", "expiration override":
		return roleExpires
	case "y/n":
		return roleTool
	}
	if codeIn(heading) != "" {
		return roleTool
	}
	return roleOther
}

// layout is where a template has what. Columns are counted from 0; -1 is none.
type layout struct {
	header     []string
	first      int
	last       int
	email      int
	graduation int
	tools      []tool
	others     []int // with a heading of their own, to be filled from the settings
}

// tool is a tool's column and that of its end.
type tool struct {
	code    string
	heading string
	at      int
	expires int
}

// codes are those of the tools, by number.
func (l layout) codes() []string {
	codes := make([]string, len(l.tools))
	for i, t := range l.tools {
		codes[i] = t.code
	}
	slices.SortFunc(codes, byNumber)
	return codes
}

// bind finds out where a header has what.
func bind(header []string) (layout, error) {
	l := layout{header: slices.Clone(header), first: -1, last: -1, email: -1, graduation: -1}
	for i, heading := range header {
		if err := l.bindColumn(i, heading); err != nil {
			return l, err
		}
	}
	for _, need := range []struct {
		at   int
		role role
	}{{l.first, roleFirst}, {l.last, roleLast}, {l.email, roleEmail}} {
		if need.at < 0 {
			return l, fmt.Errorf("no column %s: this is no batch upload template; %s", need.role, download)
		}
	}
	if len(l.tools) == 0 {
		return l, fmt.Errorf("no column of a tool, such as Proxima [P410]: this is no batch upload template; %s", download)
	}
	return l, nil
}

// download says how to come by a template.
const download = "at the portal choose Manage Organization, Users, Batch Upload, tick the tools and download the template"

func (l *layout) bindColumn(i int, heading string) error {
	switch r := roleOf(heading); r {
	case roleFirst:
		return once(&l.first, i, r)
	case roleLast:
		return once(&l.last, i, r)
	case roleEmail:
		return once(&l.email, i, r)
	case roleGraduation:
		return once(&l.graduation, i, r)
	case roleTool:
		return l.bindTool(i, heading)
	case roleExpires:
		return l.bindExpires(i)
	}
	if table.FoldHeader(heading) != "" {
		l.others = append(l.others, i)
	}
	return nil
}

func once(at *int, i int, r role) error {
	if *at >= 0 {
		return fmt.Errorf("columns %d and %d are both %s; %s", *at+1, i+1, r, download)
	}
	*at = i
	return nil
}

func (l *layout) bindTool(i int, heading string) error {
	code := codeIn(heading)
	if code == "" {
		code = anyTool
	}
	for _, t := range l.tools {
		if t.code == code {
			return fmt.Errorf("columns %d and %d are both of tool %s; %s", t.at+1, i+1, code, download)
		}
		if (t.code == anyTool) != (code == anyTool) {
			return fmt.Errorf("columns %d and %d are of tools, and one of them does not say of which; %s", t.at+1, i+1, download)
		}
	}
	l.tools = append(l.tools, tool{code: code, heading: heading, at: i, expires: -1})
	return nil
}

// bindExpires gives the end to the tool whose column is left of it: all of them have the
// same heading.
func (l *layout) bindExpires(i int) error {
	for n := range l.tools {
		if t := &l.tools[n]; t.at == i-1 {
			t.expires = i
			return nil
		}
	}
	return fmt.Errorf("column %d (%s) has no tool left of it, so that nobody knows whose end it is; %s", i+1, roleExpires, download)
}
