package api

import "usher/internal/usher"

var portalRoutes = []Route{
	{Method: "GET", Path: "/api/v1/portals", Scope: usher.ScopePortalsRead, Query: []string{"state"}, serve: listPortals},
	{Method: "GET", Path: "/api/v1/portals/{name}", Scope: usher.ScopePortalsRead, Query: []string{"limit"}, serve: showPortal},
}

func listPortals(v *visit) (any, error) {
	state, err := v.choice("state", "current", "all")
	if err != nil {
		return nil, err
	}
	return whole(v.Reads.Portals(v.r.Context(), state == "all"))
}

// showPortal shows a portal with the first accounts that are not in line.
func showPortal(v *visit) (any, error) {
	n, err := v.limit()
	if err != nil {
		return nil, err
	}
	return v.Reads.Portal(v.r.Context(), v.r.PathValue("name"), n)
}
