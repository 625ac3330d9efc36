package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// Policy is the part of the configuration that decides who sits where. It becomes a
// numbered revision; all processes compute with the active one.
type Policy struct {
	Subscriptions []SubscriptionPolicy `json:"subscriptions,omitempty"`
	Teams         TeamPolicy           `json:"teams"`
	Guards        usher.Guards         `json:"guards"`
}

// SubscriptionPolicy is one subscription as configured.
type SubscriptionPolicy struct {
	Name     string        `json:"name"`
	Portal   string        `json:"portal"`
	Code     string        `json:"code,omitempty"` // what the portal calls it
	Seats    int           `json:"seats"`
	StartsAt usher.Time    `json:"startsAt,omitempty"`
	EndsAt   usher.Time    `json:"endsAt,omitempty"`
	Rule     string        `json:"rule,omitempty"`
	Priority string        `json:"priority,omitempty"`
	Settle   time.Duration `json:"settle"`
	// Grace is how long the release of somebody waits at least who is only missing from rosters.
	Grace time.Duration `json:"grace,omitempty"`
	// OnLeave says what becomes of the seat of somebody on leave; empty: it is kept.
	OnLeave usher.OnLeave `json:"onLeave,omitempty"`
	// Requestable says that people may ask for a seat.
	Requestable bool `json:"requestable,omitempty"`
}

// TeamPolicy says what teams are made of.
type TeamPolicy struct {
	ByDepartment bool     `json:"byDepartment"`
	Groups       []string `json:"groups,omitempty"` // globs over names of pushed groups
}

// policy is the active revision, compiled, with the directories and portals.
type policy struct {
	version     int64
	revision    int64
	teams       TeamPolicy
	guards      usher.Guards
	pools       []compiled // by subscription id
	portals     map[usher.ID]usher.Portal
	directories map[usher.ID]usher.Directory
	// managersCount says that a rule looks at the line of managers.
	managersCount bool
}

// compiled is a subscription with its rule and priority.
type compiled struct {
	sub      usher.Subscription // Purchased and Used are those of when it was loaded
	rule     *plan.Rule
	priority *plan.Priority
}

// policyFor is the policy in force in this transaction; it cannot change before the end
// of it.
func (l *Ledger) policyFor(ctx context.Context, tx *store.Tx) (*policy, error) {
	version, err := tx.PolicyVersion(ctx)
	if err != nil {
		return nil, fmt.Errorf("policy version: %w", err)
	}
	l.mu.Lock()
	p := l.policy
	l.mu.Unlock()
	if p != nil && p.version == version {
		return p, nil
	}
	if p, err = loadPolicy(ctx, tx, version); err != nil {
		return nil, fmt.Errorf("load policy: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.policy == nil || l.policy.version < version {
		l.policy = p
	}
	return p, nil
}

func loadPolicy(ctx context.Context, tx *store.Tx, version int64) (*policy, error) {
	p := &policy{version: version, portals: map[usher.ID]usher.Portal{}, directories: map[usher.ID]usher.Directory{}}
	directories, err := tx.Directories(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range directories {
		p.directories[d.ID] = d
	}
	portals, err := tx.Portals(ctx)
	if err != nil {
		return nil, err
	}
	for _, portal := range portals {
		p.portals[portal.ID] = portal
	}
	active, err := tx.ActiveRevision(ctx)
	if errors.Is(err, usher.ErrNotFound) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	var content Policy
	if err := json.Unmarshal(active.Content, &content); err != nil {
		return nil, fmt.Errorf("revision %d: %w", active.Number, err)
	}
	p.revision, p.teams, p.guards = active.Number, content.Teams, content.Guards
	subs, err := tx.AllSubscriptions(ctx)
	if err != nil {
		return nil, err
	}
	p.pools, err = compile(subs)
	p.managersCount = slices.ContainsFunc(p.pools, func(c compiled) bool { return c.rule.UsesManagers() || c.priority.UsesManagers() })
	return p, err
}

func compile(subs []usher.Subscription) ([]compiled, error) {
	var pools []compiled
	for _, s := range subs {
		rule, err := plan.CompileRule(s.Rule)
		if err != nil {
			return nil, fmt.Errorf("rule of %s: %w", s.Name, err)
		}
		priority, err := plan.CompilePriority(s.Priority)
		if err != nil {
			return nil, fmt.Errorf("priority of %s: %w", s.Name, err)
		}
		pools = append(pools, compiled{s, rule, priority})
	}
	slices.SortFunc(pools, func(a, b compiled) int { return compareIDs(a.sub.ID, b.sub.ID) })
	return pools, nil
}

func (p *policy) pool(subscription usher.ID) (compiled, bool) {
	i, ok := slices.BinarySearchFunc(p.pools, subscription, func(c compiled, id usher.ID) int { return compareIDs(c.sub.ID, id) })
	if !ok {
		return compiled{}, false
	}
	return p.pools[i], true
}

func compareIDs(a, b usher.ID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
