package web

import (
	"context"
	"strconv"

	"usher/internal/usher"
)

// Tree is who reports to whom.
type Tree interface {
	// Top is the beginning of it, by how many people are below; the rest of TreeTop is there where from is 0.
	Top(ctx context.Context, from, limit int) (TreeTop, error)
	// Below are somebody's reports by name after one of them; Above is the line to the top, which comes first, down to them.
	Below(ctx context.Context, manager usher.ID, after usher.TeamMark, limit int) (list []usher.TreePerson, next *usher.TeamMark, err error)
	Above(ctx context.Context, id usher.ID) ([]usher.TreePerson, error)
}

// TreeTop is the beginning of the tree, and what is amiss with it.
type TreeTop struct {
	usher.Hierarchy

	People []usher.TreePerson
	More   bool
	// Unresolved and Left are the first of them.
	Unresolved, Left []usher.TreePerson
	Cycles           []usher.ManagerCycle
}

var treeRoutes = []Route{{Method: "GET", Path: "/hierarchy", Access: usher.AccessReaders, serve: showTree}}

// treePart is how many people are shown below somebody at once.
const treePart = 50

// branch are people below somebody, or the first of all.
type branch struct {
	Of     usher.ID // empty: the first of all
	People []usher.TreePerson
	Next   string // what follows ? for those after them; empty: nobody
}

// showTree shows the tree from the top, or from somebody on whom the address names. A page that is open asks for the people below
// somebody alone.
func showTree(v *visit) error {
	root := usher.ID(v.r.URL.Query().Get("root"))
	if root == "" {
		return v.showTop()
	}
	b, err := v.branch(root)
	if err != nil {
		return err
	}
	if v.partial() {
		return v.part("branch", b)
	}
	line, err := v.o.Tree.Above(v.r.Context(), root)
	if err != nil {
		return err
	}
	return v.showTitled("hierarchy", "Who reports to "+line[len(line)-1].Name, struct {
		Top    *TreeTop
		Line   []usher.TreePerson
		Branch branch
	}{nil, line, b})
}

func (v *visit) branch(root usher.ID) (b branch, err error) {
	after, err := v.teamMark()
	if err != nil {
		return b, err
	}
	people, next, err := v.o.Tree.Below(v.r.Context(), root, after, treePart)
	b = branch{Of: root, People: people}
	if next != nil {
		b.Next = nextOf(next) + "&root=" + string(root)
	}
	return b, err
}

func (v *visit) showTop() error {
	from, _ := strconv.Atoi(v.r.URL.Query().Get("from"))
	top, err := v.o.Tree.Top(v.r.Context(), from, treePart)
	if err != nil {
		return err
	}
	b := branch{People: top.People}
	if top.More {
		b.Next = "?from=" + strconv.Itoa(max(0, from)+treePart)
	}
	if v.partial() {
		return v.part("branch", b)
	}
	return v.showTitled("hierarchy", "Who reports to whom", struct {
		Top    *TreeTop
		Line   []usher.TreePerson
		Branch branch
	}{&top, nil, b})
}
