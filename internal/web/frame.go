package web

import (
	"slices"

	"usher/internal/usher"
)

// framed is what every page knows: who looks at it, where, for the links, and its own data.
type framed struct {
	Visitor

	Title string
	// At is the path.
	At string
	// Done says in words what a form has just done; empty for none.
	Done string
	Page any
}

// frame puts a page's data into what every page knows.
func (v *visit) frame(title string, data any) framed {
	return framed{v.Visitor, title, v.r.URL.Path, doneWords[v.r.URL.Query().Get("done")], data}
}

// pageLink is a link to a page.
type pageLink struct{ Path, Title string }

// linkGroup are links that belong together. The first group, one's own pages, has no name.
type linkGroup struct {
	Name  string
	Links []pageLink
}

// menu are all pages that one can go to from anywhere.
var menu = []struct {
	group, path string
	access      usher.Access
}{
	{"Seats", "/today", usher.AccessReaders},
	{"Seats", "/seats", usher.AccessReaders},
	{"Seats", "/people", usher.AccessReaders},
	{"Seats", "/teams", usher.AccessReaders},
	{"Decide", "/requests", usher.AccessAnswers},
	{"Decide", "/plans", usher.AccessOverseers},
	{"Decide", "/holds", usher.AccessReaders},
	{"Decide", "/conflicts", usher.AccessOverseers},
	{"Portals", "/portals", usher.AccessOverseers},
	{"Portals", "/activity", usher.AccessOverseers},
	{"Portals", "/preflight", usher.AccessReaders},
	{"Record", "/events", usher.AccessOverseers},
	{"Record", "/settings", usher.AccessOverseers},
	{"Record", "/roles", usher.AccessOwners},
	{"Mine", "/me", usher.AccessSignedIn},
	{"Mine", "/reports", usher.AccessManagers},
}

// Menu are the pages that the visitor may use.
func (f framed) Menu() (groups []linkGroup) {
	for _, l := range menu {
		title, has := titles[l.path[1:]]
		if !has || !l.access.Allows(f.By.Rights) {
			continue
		}
		at := slices.IndexFunc(groups, func(g linkGroup) bool { return g.Name == l.group })
		if at < 0 {
			at, groups = len(groups), append(groups, linkGroup{Name: l.group})
		}
		groups[at].Links = append(groups[at].Links, pageLink{l.path, title})
	}
	return groups
}

// Here says whether a link is to the page that is shown, or to the list that it comes from.
func (f framed) Here(path string) string {
	switch {
	case f.At == path:
		return "page"
	case len(f.At) > len(path) && f.At[:len(path)+1] == path+"/":
		return "true"
	}
	return ""
}

// home is where a visitor begins: whoever sees other people's seats wants to know how they stand.
func (v *visit) home() string {
	if _, has := titles["today"]; has && usher.AccessReaders.Allows(v.By.Rights) {
		return "/today"
	}
	return "/me"
}

// Reads says that the visitor sees other people's seats: the console is theirs.
func (f framed) Reads() bool { return usher.AccessReaders.Allows(f.By.Rights) }

// Decides says that the visitor may decide about everybody; others see no such buttons.
func (f framed) Decides() bool { return usher.AccessDeciders.Allows(f.By.Rights) }

// Oversees says that the visitor sees everything.
func (f framed) Oversees() bool { return usher.AccessOverseers.Allows(f.By.Rights) }

// MaySeat says that the visitor may decide about the seats of a subscription.
func (f framed) MaySeat(subscription usher.ID) bool { return f.By.Rights.MaySeat(subscription) }
