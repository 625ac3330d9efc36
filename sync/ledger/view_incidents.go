package ledger

import (
	"cmp"
	"context"
	"slices"

	"usher/internal/usher"
)

// Incidents lists what is open, oldest first, and after it what was resolved since a time, newest first. What concerns
// one person alone is not among them.
func (l *Ledger) Incidents(ctx context.Context, since usher.Time) (views []usher.IncidentView, err error) {
	list, err := l.store.Look().Incidents(ctx, since)
	views = []usher.IncidentView{}
	for _, i := range list {
		if i.Open() && i.Audience == "" {
			views = append(views, incidentView(i))
		}
	}
	past := []usher.Incident{}
	for _, i := range list {
		if !i.Open() && i.Audience == "" {
			past = append(past, i)
		}
	}
	slices.SortStableFunc(past, func(a, b usher.Incident) int { return cmp.Compare(b.ResolvedAt, a.ResolvedAt) })
	for _, i := range past {
		views = append(views, incidentView(i))
	}
	return views, err
}

func incidentView(i usher.Incident) usher.IncidentView {
	return usher.IncidentView{Kind: i.Kind, Subject: i.Subject, Title: i.Title, Detail: i.Detail, Path: i.Path, OpenedAt: i.OpenedAt, ResolvedAt: i.ResolvedAt, Times: i.Times}
}
