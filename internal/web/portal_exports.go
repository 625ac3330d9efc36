package web

import (
	"context"
	"io"
	"net/url"
	"strconv"
	"time"

	"usher/internal/usher"
)

// PortalLists take lists of a portal's accounts: looked at first, then taken.
type PortalLists interface {
	// KeepList keeps a file, and gives the key by which it is found again for a while.
	KeepList(ctx context.Context, portal, name string, content io.Reader) (key string, err error)
	// LookAtList says what a file that was kept would show, TakeList takes it. *usher.InvalidError: it is not taken, and why.
	// usher.ErrNotFound: there is no such file any more.
	LookAtList(ctx context.Context, by usher.Principal, list PortalList) (usher.ExportView, error)
	TakeList(ctx context.Context, by usher.Principal, list PortalList) (usher.ExportView, error)
}

// PortalList is a file of a portal's accounts that was kept, and what somebody says of it.
type PortalList struct {
	Portal, Key string
	// AsOf is when the portal made it.
	AsOf usher.Time
	// Complete says that nobody is left out, DespiteGuard that it is taken although more accounts are missing than the guard lets go.
	Complete, DespiteGuard bool
	// Adopt takes over the seats that it shows, Subscription says in which one they are where the list does not.
	Adopt        bool
	Subscription string
}

// listBytes bounds a list of accounts that is sent.
const listBytes = 32 << 20

var portalListRoutes = []Route{
	{Method: "POST", Path: "/portals/{name}/exports", Access: usher.AccessDeciders, Fresh: true, Body: listBytes, serve: bringList},
	{Method: "GET", Path: "/portals/{name}/exports/{key}", Access: usher.AccessDeciders, serve: lookAtList},
	{Method: "POST", Path: "/portals/{name}/exports/{key}", Access: usher.AccessDeciders, Fresh: true, serve: takeList},
}

// bringList keeps a list, and leads to what it would show.
func bringList(v *visit) error {
	list := PortalList{Portal: v.r.PathValue("name"), AsOf: v.now(), Complete: v.r.PostFormValue("complete") != "", Adopt: v.r.PostFormValue("adopt") != "",
		Subscription: v.r.PostFormValue("subscription")}
	if text := v.r.PostFormValue("as_of"); text != "" {
		at, err := time.ParseInLocation("2006-01-02T15:04", text, v.o.Now().Location())
		if err != nil {
			return &usher.InvalidError{Attribute: "as of", Problem: "is not a time written as 2026-03-31T09:30"}
		}
		list.AsOf = usher.TimeOf(at)
	}
	file, name, err := v.sent("file")
	if err != nil {
		return err
	}
	defer file.Close()
	if list.Key, err = v.o.PortalLists.KeepList(v.r.Context(), list.Portal, name, file); err != nil {
		return err
	}
	return v.back(list.path())
}

// path is where one looks at a list.
func (l PortalList) path() string {
	q := url.Values{"as_of": {strconv.FormatInt(int64(l.AsOf), 10)}}
	for name, set := range map[string]bool{"complete": l.Complete, "adopt": l.Adopt, "despite_guard": l.DespiteGuard} {
		if set {
			q.Set(name, "yes")
		}
	}
	if l.Subscription != "" {
		q.Set("subscription", l.Subscription)
	}
	return portalPath(l.Portal) + "/exports/" + url.PathEscape(l.Key) + "?" + q.Encode()
}

// list is what a request says of a list that was kept.
func (v *visit) list() (PortalList, error) {
	at, err := strconv.ParseInt(v.r.FormValue("as_of"), 10, 64)
	if err != nil || !wellFormed(v.r.Form) {
		return PortalList{}, usher.ErrNotFound
	}
	has := func(name string) bool { return v.r.FormValue(name) != "" }
	return PortalList{Portal: v.r.PathValue("name"), Key: v.r.PathValue("key"), AsOf: usher.Time(at), Complete: has("complete"), DespiteGuard: has("despite_guard"),
		Adopt: has("adopt"), Subscription: v.r.FormValue("subscription")}, nil
}

type listPage struct {
	PortalList

	View usher.ExportView
	// Refused is why it is not taken; empty: it can be.
	Refused string
}

func lookAtList(v *visit) error {
	list, err := v.list()
	if err != nil {
		return err
	}
	page := listPage{PortalList: list}
	page.View, err = v.o.PortalLists.LookAtList(v.r.Context(), v.By, list)
	if invalid, is := asInvalid(err); is {
		page.Refused, err = sentence(invalid), nil
	}
	if err != nil {
		return err
	}
	return v.showTitled("portal_list", "A list of "+list.Portal, page)
}

func takeList(v *visit) error {
	list, err := v.list()
	if err != nil {
		return err
	}
	if _, err := v.o.PortalLists.TakeList(v.r.Context(), v.withReason(), list); err != nil {
		return err
	}
	return v.done(portalPath(list.Portal), "list-taken")
}

func learnTemplate(v *visit) error {
	file, name, err := v.sent("file")
	if err != nil {
		return err
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	portal := v.r.PathValue("name")
	if err := v.o.PortalWays.LearnTemplate(v.r.Context(), v.withReason(), portal, name, content); err != nil {
		return err
	}
	return v.done(portalPath(portal), "template-learned")
}
