package sso

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"usher/internal/usher"
	"usher/sso/saml"
)

// answerTime is how long a verified answer waits for its browser: one redirect.
const answerTime = 2 * time.Minute

// requestTime is how long somebody may take at the provider.
const requestTime = 30 * time.Minute

// samlDoor is a SAML connection with the newest metadata of its provider that is good.
type samlDoor struct {
	desk *Desk
	c    Connection

	// asking has room for one: who asks the provider for its metadata. Nobody holds mu meanwhile.
	asking chan struct{}

	mu     sync.Mutex
	now    *saml.Connection // nil while no metadata was ever read
	at     saml.Copy
	entity string // the provider's id: another one is another provider
}

func newSAMLDoor(d *Desk, c Connection) (*samlDoor, error) {
	s := &samlDoor{desk: d, c: c, asking: make(chan struct{}, 1)}
	if len(c.SAML.Document) == 0 {
		return s, nil // fetched when somebody comes: a provider that is down stops nobody else
	}
	idp, err := saml.ParseMetadata(c.SAML.Document, c.SAML.Source.EntityID, d.now())
	if err != nil {
		return nil, fmt.Errorf("connection %s: %w", c.Name, err)
	}
	if s.now, err = saml.New(c.SAML.Settings, idp); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *samlDoor) of() Connection { return s.c }

// connection is the provider as its metadata has it. With fetched metadata: what another replica or an earlier run
// kept, asked for anew once a day, or at once where nothing is there or a signature made us doubt it.
func (s *samlDoor) connection(ctx context.Context, doubt bool) (*saml.Connection, error) {
	if len(s.c.SAML.Document) > 0 {
		return s.now, nil
	}
	have, kept, err := s.newest(ctx)
	if err != nil || !s.wants(have, kept, doubt) {
		return available(have, err)
	}
	if have != nil && !doubt {
		select {
		case s.asking <- struct{}{}:
		default:
			return have, nil // somebody asks already, and what there is serves
		}
	} else {
		select {
		case s.asking <- struct{}{}:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", errUnavailable, ctx.Err())
		}
	}
	defer func() { <-s.asking }()
	have, kept, err = s.newest(ctx) // whoever asked until now has kept what they got
	if err != nil || !s.wants(have, kept, doubt) {
		return available(have, err)
	}
	fresh, err := s.refresh(ctx, kept, s.desk.now())
	switch {
	case fresh != nil:
		return fresh, nil
	case have == nil:
		return nil, fmt.Errorf("%w: %w", errUnavailable, err)
	}
	return have, nil
}

// newest is what all replicas know of the provider; nil where that is nothing that can be used.
func (s *samlDoor) newest(ctx context.Context) (*saml.Connection, saml.Copy, error) {
	kept, err := s.desk.o.Copies.Copy(ctx, s.c.Name)
	if err != nil {
		return nil, kept, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(kept.Document) > 0 && (s.now == nil || kept.Confirmed > s.at.Confirmed) {
		if err := s.take(kept, s.desk.now()); err != nil {
			s.desk.o.Warn(err) // it was good once; the source may have better
		}
	}
	return s.now, kept, nil
}

// wants says whether the provider is to be asked.
func (s *samlDoor) wants(have *saml.Connection, kept saml.Copy, doubt bool) bool {
	now := s.desk.now()
	return kept.Due(now) || (doubt || have == nil) && kept.MayRetry(now)
}

func available(have *saml.Connection, err error) (*saml.Connection, error) {
	if err == nil && have == nil {
		err = errUnavailable
	}
	return have, err
}

// errUnavailable says that a provider cannot be asked just now.
var errUnavailable = errors.New("the identity provider is not available")

// refreshTime bounds how long a provider is asked, and its answer kept.
const refreshTime = 20 * time.Second

// refresh asks the provider. It goes on when the browser that caused it goes away: otherwise nobody would note that it was
// tried, and everybody who sends a bad signature and hangs up would cause another try.
func (s *samlDoor) refresh(ctx context.Context, kept saml.Copy, now usher.Time) (*saml.Connection, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTime)
	defer cancel()
	s.mu.Lock()
	source := s.c.SAML.Source
	source.EntityID = cmp.Or(source.EntityID, s.entity)
	s.mu.Unlock()
	fresh, idp, err := source.Refresh(ctx, kept, now)
	kerr := s.desk.o.Copies.KeepCopy(ctx, s.c.Name, fresh)
	var made *saml.Connection
	if err == nil && kerr == nil {
		made, err = saml.New(s.c.SAML.Settings, idp)
	}
	if err = errors.Join(err, kerr); err != nil {
		s.desk.o.Warn(fmt.Errorf("connection %s: %w", s.c.Name, err))
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now, s.at, s.entity = made, fresh, idp.EntityID
	return made, nil
}

// take makes a copy that was kept the present one. The caller holds mu.
func (s *samlDoor) take(kept saml.Copy, now usher.Time) error {
	idp, err := saml.ParseMetadata(kept.Document, cmp.Or(s.c.SAML.Source.EntityID, s.entity), now)
	if err != nil {
		return fmt.Errorf("connection %s: the copy that was kept: %w", s.c.Name, err)
	}
	made, err := saml.New(s.c.SAML.Settings, idp)
	if err == nil {
		s.now, s.at, s.entity = made, kept, idp.EntityID
	}
	return err
}

func (s *samlDoor) begin(ctx context.Context, again bool) (errand, error) {
	c, err := s.connection(ctx, false)
	if err != nil {
		return errand{}, err
	}
	asked, err := c.Start(saml.Ask{Again: again}, s.desk.now(), s.desk.o.Random)
	return errand{id: asked.ID, url: asked.URL, form: asked.Form}, err
}

// judge judges a message, and once more under newer metadata where that may mend it: a provider that has just changed
// its key locks nobody out.
func (s *samlDoor) judge(ctx context.Context, value []byte) (saml.Judged, error) {
	c, err := s.connection(ctx, false)
	if err != nil {
		return saml.Judged{}, err
	}
	judged, err := c.Judge(value, s.desk.now())
	if no, ok := errors.AsType[*saml.Refusal](err); ok && no.MetadataMayMend() {
		newer, nerr := s.connection(ctx, true)
		if nerr == nil && newer != c {
			return newer.Judge(value, s.desk.now())
		}
	}
	return judged, err
}

// answer takes what a provider posts to the ACS. The browser comes without our cookie, because it comes from another
// site: what was said is kept under a ticket, and the browser fetches it itself.
func (s *samlDoor) answer(w http.ResponseWriter, r *http.Request) {
	d := s.desk
	judged, err := s.judge(r.Context(), []byte(r.PostFormValue("SAMLResponse")))
	if err != nil {
		d.refuse(w, r, s.c.Name, err)
		return
	}
	judged.SignedIn.GroupsUnknown = judged.GroupsLeftOut
	ticket, err := d.cookies.secret()
	if err != nil {
		d.failed(w, r, err)
		return
	}
	f := usher.Flow{ID: judged.InResponseTo, Connection: s.c.Name, ExpiresAt: d.now().Add(answerTime),
		Ticket: d.cookies.hash("ticket", ticket), Answer: &judged.SignedIn}
	if judged.InResponseTo == "" {
		f.ReturnTo = local(r.PostFormValue("RelayState"))
	}
	if err := d.o.Flows.AnswerFlow(r.Context(), f, judged.ReplayKey, judged.ReplayUntil); err != nil {
		d.refuse(w, r, s.c.Name, pendingTrouble(err))
		return
	}
	http.Redirect(w, r, "/sso/finish?ticket="+ticket, http.StatusSeeOther)
}

// finish signs the browser in that comes back with a ticket.
func (d *Desk) finish(w http.ResponseWriter, r *http.Request) {
	f, err := d.o.Flows.TakeAnswer(r.Context(), d.cookies.hash("ticket", r.URL.Query().Get("ticket")), d.cookies.shownBrowser(r))
	if err != nil {
		d.refuse(w, r, f.Connection, pendingTrouble(err))
		return
	}
	if f.Answer == nil || d.doors[f.Connection] == nil {
		d.refuse(w, r, "", pendingTrouble(usher.ErrNotFound))
		return
	}
	d.admit(w, r, *f.Answer, f)
}

// logout takes what a provider sends about the end of sessions, or answers ours.
func (s *samlDoor) logout(w http.ResponseWriter, r *http.Request) {
	d := s.desk
	c, err := s.connection(r.Context(), false)
	if err != nil {
		d.refuse(w, r, s.c.Name, err)
		return
	}
	said, err := c.JudgeLogout(r.URL.RawQuery, d.now())
	switch {
	case err != nil:
		d.refuse(w, r, s.c.Name, err)
	case said.Answered != nil:
		http.Redirect(w, r, "/signin", http.StatusSeeOther) // our own session ended before we asked
	default:
		s.endAt(w, r, c, *said.Asked, said.Relay)
	}
}

// endAt ends the sessions that a provider names, and tells it.
func (s *samlDoor) endAt(w http.ResponseWriter, r *http.Request, c *saml.Connection, asked saml.LogoutAsked, relay string) {
	d := s.desk
	var outs []usher.ProviderLogout
	for _, index := range asked.Indexes {
		outs = append(outs, usher.ProviderLogout{NameID: asked.Session.NameID, Session: index})
	}
	if len(outs) == 0 { // none named: all that there are
		outs = []usher.ProviderLogout{{NameID: asked.Session.NameID}}
	}
	message := usher.ProviderMessage{ID: asked.ReplayKey, Until: asked.ReplayUntil}
	if _, err := d.o.People.SignOutAtProvider(r.Context(), message, s.c.Name, outs...); err != nil {
		d.refuse(w, r, s.c.Name, pendingTrouble(err))
		return
	}
	back, err := c.AnswerLogout(asked, relay, true, d.now(), d.o.Random)
	if err != nil {
		d.failed(w, r, err)
		return
	}
	http.Redirect(w, r, back.URL, http.StatusSeeOther)
}
