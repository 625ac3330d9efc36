package demo

import (
	"bytes"
	"context"
	"fmt"

	"usher/cmd/usher/daemon"
	"usher/internal/store"
	"usher/internal/usher"
)

// story plays people against a running usher and tells what came of it.
type story struct {
	daemon *daemon.Daemon
	portal *portal
	data   string
	page   *page
	cast   cast
	okta   okta
	entra  entra

	learning, prosci usher.Portal
	subscriptions    map[usher.ID]usher.Subscription
	step             int
	since            usher.Time
	known            map[usher.ID]bool   // events that were told
	shown            map[usher.ID]string // subscriptions as they were last told
}

func newStory(d *daemon.Daemon, p *portal, data string, out *page) (*story, error) {
	ctx := context.Background()
	s := &story{
		daemon: d, portal: p, data: data, page: out, cast: newCast(),
		subscriptions: map[usher.ID]usher.Subscription{}, known: map[usher.ID]bool{}, shown: map[usher.ID]string{},
	}
	token, err := newToken(ctx, d, data, byOkta, tokenLife)
	if err != nil {
		return nil, err
	}
	s.okta = okta{newDirectory("okta", d.SCIMURL(), token)}
	if token, err = newToken(ctx, d, data, byEntra, tokenLife); err != nil {
		return nil, err
	}
	s.entra = entra{newDirectory("entra", d.SCIMURL(), token)}
	if s.learning, err = s.look().PortalNamed(ctx, "learning"); err != nil {
		return nil, err
	}
	if s.prosci, err = s.look().PortalNamed(ctx, "prosci"); err != nil {
		return nil, err
	}
	subs, err := s.look().Subscriptions(ctx)
	for _, sub := range subs {
		s.subscriptions[sub.ID] = sub
	}
	return s, err
}

func (s *story) look() *store.Tx { return s.daemon.Store().Look() }

// admin is who confirms and decides in the story.
func admin(reason string) usher.Principal {
	return usher.Principal{Kind: usher.PrincipalOperator, Name: "dana", Reason: reason}
}

// play tells the whole story; exit says that nothing comes after it.
func (s *story) play(ctx context.Context, exit bool) error {
	if err := s.opening(ctx); err != nil {
		return err
	}
	for _, scene := range s.scenes() {
		if err := s.show(ctx, scene); err != nil {
			return fmt.Errorf("step %d: %w", s.step, err)
		}
		if s.page.err != nil {
			return s.page.err
		}
	}
	s.page.heading("That was the story.")
	if exit {
		s.page.prose("Without --exit usher opens on a company of 300 people now, and stays up to be looked into.")
	}
	return s.page.err
}

// scene is one step: what is about to happen, and the doing.
type scene struct {
	title, prose string
	act          func(context.Context) error
}

// show plays one scene, waits until usher has come to rest, and tells what came of it.
func (s *story) show(ctx context.Context, sc scene) error {
	s.step++
	s.page.heading(fmt.Sprintf("%d. %s", s.step, sc.title))
	s.page.prose(sc.prose)
	s.page.gap()
	if err := sc.act(ctx); err != nil {
		return err
	}
	calls := s.okta.told(s.page) + s.entra.told(s.page)
	if err := s.rest(ctx); err != nil {
		return err
	}
	if calls > 0 {
		s.page.gap()
	}
	if err := s.tell(ctx); err != nil {
		return err
	}
	s.page.gap()
	return s.standing(ctx)
}

// explain shows what `usher explain` says.
func (s *story) explain(ctx context.Context, who string) error {
	e, err := s.daemon.Ledger().Explain(ctx, who)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := e.Text(&text); err != nil {
		return err
	}
	s.page.block(text.Bytes())
	return nil
}
