package web

import (
	"context"
	"errors"

	"usher/internal/usher"
)

// GoingLive lets usher act at a portal.
type GoingLive interface {
	// PlanOfLive says by name what it would do. usher.ErrStale: the portal is live already.
	PlanOfLive(ctx context.Context, portal string) (usher.LiveView, error)
	// GoLive makes it live for whoever saw the plan of that id. usher.ErrStale: it is another one by now.
	GoLive(ctx context.Context, by usher.Principal, portal, plan string, withoutAdoption bool) error
}

var portalLiveRoutes = []Route{
	{Method: "GET", Path: "/portals/{name}/live", Access: usher.AccessOverseers, serve: showLive},
	{Method: "POST", Path: "/portals/{name}/live", Access: usher.AccessDeciders, Fresh: true, serve: goLive},
}

func showLive(v *visit) error {
	name := v.r.PathValue("name")
	plan, err := v.o.GoingLive.PlanOfLive(v.r.Context(), name)
	if errors.Is(err, usher.ErrStale) {
		return v.back(portalPath(name))
	}
	if err != nil {
		return err
	}
	return v.showTitled("portal_live", "Make "+name+" live", plan)
}

func goLive(v *visit) error {
	name, form := v.r.PathValue("name"), v.r.PostForm
	err := v.o.GoingLive.GoLive(v.r.Context(), v.withReason(), name, form.Get("plan"), form.Get("without_adoption") != "")
	if errors.Is(err, usher.ErrStale) {
		return &usher.InvalidError{Attribute: "plan", Problem: "has changed since it was shown, or the portal is live already; look at it again"}
	}
	if err != nil {
		return err
	}
	return v.done(portalPath(name), "portal-live")
}
